"""All mappings of a folder."""

from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.fhir.json import Resource
from gateway.mapping.load import load
from gateway.mapping.mapping import Mapping, Projection
from gateway.mapping.source import read
from gateway.mapping.trace import Reading, trace


@dataclass(frozen=True, slots=True)
class Mappings:
    """`by_type`: resource type -> its mapping."""

    by_type: dict[str, Mapping]

    @classmethod
    def load(cls, folder: Path) -> "Mappings":
        """Read and verify every `*.yaml` in `folder`. Raises ConfigurationError (`file:line: …`) at the first fault."""
        if not folder.is_dir():
            raise ConfigurationError(f"{folder}: there is no such folder of mappings")
        by_type: dict[str, Mapping] = {}
        owners: dict[str, str] = {}
        for file in sorted(folder.glob("*.yaml")):
            mapping = load(read(file))
            for claim in (mapping.resource, mapping.collection):
                if claim in owners:
                    raise ConfigurationError(f"{mapping.file}:1: {claim} is mapped in {owners[claim]} already")
                owners[claim] = mapping.file
            by_type[mapping.resource] = mapping
        return cls(by_type)

    def get(self, resource: Resource) -> Projection | None:
        """The internal document of a resource, None for a type without a mapping. Never raises for its content."""
        mapping = self._of(resource)
        return mapping.get(resource) if mapping else None

    def trace(self, resource: Resource) -> list[Reading]:
        """Which rule read what, in the order of the mapping; empty for a type without a mapping."""
        mapping = self._of(resource)
        return list(trace(mapping, resource)) if mapping else []

    def _of(self, resource: Resource) -> Mapping | None:
        type_ = resource.get("resourceType")
        return self.by_type.get(type_) if isinstance(type_, str) else None

    def of(self, collection: str) -> Mapping | None:
        """The mapping whose documents are in `collection`."""
        return next((mapping for mapping in self.by_type.values() if mapping.collection == collection), None)

    @property
    def collections(self) -> dict[str, str]:
        """collection -> resource type"""
        return {mapping.collection: mapping.resource for mapping in self.by_type.values()}
