"""Suggest LOINC codes for observations that came without one, and keep the queue in which a person decides.

The modules in the order of the work: `sightings` reads what an Observation is called and what its values look like,
`corpus` collects examples of coded observations, `learning` trains the model, `queue` holds the items that wait for a
person, `review` applies the person's decisions, and `code_map` writes the file that holds them. Only
`learning` needs scikit-learn; it is imported only to learn or to suggest. See docs/how-to/review-codes.md.
"""
