"""FHIR resources as clean internal documents, by mappings that are data (docs/reference/mapping-language.md). No I/O
but reading those."""

from gateway.mapping.mapping import Mapping, Projection
from gateway.mapping.mappings import Mappings
from gateway.mapping.trace import Reading

__all__ = ["Mapping", "Mappings", "Projection", "Reading"]
