"""A FHIR interoperability gateway: maps, synchronizes and scores FHIR R4 resources on MongoDB."""

__version__ = "0.1.0"
