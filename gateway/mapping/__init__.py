"""Map FHIR resources to clean internal documents and back, by mappings that are data
(docs/reference/mapping-language.md).

The only I/O is reading the mapping files.
"""

from gateway.mapping.mapping import Mapping, Projection
from gateway.mapping.mappings import Mappings
from gateway.mapping.trace import Reading

__all__ = ["Mapping", "Mappings", "Projection", "Reading"]
