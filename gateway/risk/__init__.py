"""Compute risk scores and store them as FHIR resources, pinned to the versions of their inputs.

The modules in the order of the work: `readings` reads values from Observations, `features` selects the values of one
moment, `assess` computes a score, `resources` builds the FHIR resources, and `record` stores them. `follow` starts the
work for changes in the feed. For what is computed and what is refused, see docs/explanation/risk-scores.md.
"""
