"""A mapping: one resource type, one collection, its fields in the order of the file."""

from dataclasses import dataclass
from typing import Any

from gateway.fhir.json import Resource
from gateway.mapping.field import Field
from gateway.mapping.types.shape import Notes


@dataclass(frozen=True, slots=True)
class Projection:
    """The internal document of a resource: `_id`, the fields of the mapping and, where needed, `unmapped`."""

    collection: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mapping:
    """`file` as it was named when loading."""

    resource: str
    collection: str
    fields: tuple[Field, ...]
    file: str

    def get(self, resource: Resource) -> Projection:
        """Read `resource`. Whatever it holds, this does not raise: what cannot be read is left out and noted.

        `unmapped` lists it as `{field, path, reason}`; the FHIR resource stays the truth.
        """
        document: dict[str, Any] = {}
        if "id" in resource:
            document["_id"] = resource["id"]
        unmapped: list[dict[str, str]] = []
        for field in self.fields:
            value, notes = read(field, resource)
            if value is not None:
                document[field.name] = value
            if notes:
                unmapped += [{"field": field.name, "path": path, "reason": reason} for path, reason in notes]
        if unmapped:
            document["unmapped"] = unmapped
        return Projection(self.collection, document)


def read(field: Field, resource: Resource) -> tuple[Any, Notes]:
    """One field of a resource. Content that not even the types foresee costs that field, never the resource."""
    notes: Notes = []
    try:
        return field.read(resource, notes), notes
    except Exception as error:
        # A resource that is already accepted must not become unstorable through one field; the note shows which.
        return None, [*notes, (field.path, f"could not be read ({type(error).__name__})")]
