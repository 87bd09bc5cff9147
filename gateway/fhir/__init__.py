"""FHIR R4 as a language: JSON and XML, types, references, FHIRPath, patches, views, validation, terminology, units.

Everything here is pure: no module reads a file (but for the definitions of R4), a database or the network.
"""
