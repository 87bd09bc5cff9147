"""The FHIR search language: from a resource to index fields, from a query string to a MongoDB filter.

https://hl7.org/fhir/R4/search.html

    resource      -> indexing -> index fields
    query string  -> language -> tree -> binding -> compile -> filter and order

Nothing here reads a database: `gateway.store.find.search` runs the searches.
"""
