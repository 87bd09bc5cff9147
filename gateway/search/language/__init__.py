"""Parse query strings and `_filter` (https://hl7.org/fhir/R4/search.html)."""
