"""Answer the operations (https://hl7.org/fhir/R4/operations.html), one module each."""
