"""FHIR R4 as a language: JSON, types, FHIRPath, validation, references. Pure functions, no I/O."""
