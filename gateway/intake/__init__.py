"""FHIR files -> Bundles -> a gateway: what `gateway import` and `make demo DATA=folder` do.

The steps, in order:

- `files` reads a file.
- `drafts` splits it into resources, `names` and `origin` say what its source calls each of them.
- `links` finds out which resource each reference means; `marks` tells people apart who share a UUID.
- `claims` gives every resource its id here.
- `plan` turns all this into `items`, `requests` those of batches and transactions.
- `load` sends the items, unless `guard` finds something newer here, and counts them in a `report`.
- `letters` sends again what was refused.
"""
