"""LOINC codes suggested for observations that came without one, and the queue in which a person decides.

The line: sightings (Observation -> what it is called and looks like), corpus (examples of coded ones), learning (the
model), queue (what waits for a person), review (what the person decides), code_map (the file that goes to). Told in
docs/codes.md. Only `learning` needs scikit-learn, and is imported only when there is something to learn or to suggest.
"""
