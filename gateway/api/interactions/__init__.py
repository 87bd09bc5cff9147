"""Answer the RESTful interactions (https://hl7.org/fhir/R4/http.html)."""
