"""The FHIR search language (https://hl7.org/fhir/R4/search.html): from a resource to index entries, from a query string
to a MongoDB filter. Data in, data out: `gateway.store.find.search` is what runs it.
"""
