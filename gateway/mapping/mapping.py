"""A mapping: one resource type, one collection, its fields in the order of the file."""

import re
from dataclasses import dataclass
from typing import Any

from gateway.fhir.json import Resource
from gateway.mapping.field import Field, Record, Seen
from gateway.mapping.types.shape import Notes

MOST_FINDINGS = 100  # a document must stay far below the 16 MB of MongoDB, however odd its resource
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Projection:
    """The internal document of a resource: `_id`, the fields of the mapping and, where needed, `unmapped`."""

    collection: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mapping:
    """`file` is where it comes from, for people to read."""

    resource: str
    collection: str
    record: Record
    file: str

    def get(self, resource: Resource) -> Projection:
        """Read `resource`. Whatever it holds, this does not raise: what cannot be read is left out and noted.

        `unmapped` lists it as `{field, path, reason}`; the FHIR resource stays the truth.
        """
        document: dict[str, Any] = {}
        if "id" in resource:
            document["_id"] = resource["id"]
        noted: list[tuple[Field, str, str]] = []
        notes: Notes = []
        seen: Seen = {}
        for field in self.record.of(resource):
            value = field.read(resource, notes, seen)
            if value is not None:
                document[field.name] = value
            if notes:
                noted += [(field, path, reason) for path, reason in notes]
                notes.clear()
        if noted:
            document["unmapped"] = _unmapped(noted)
        return Projection(self.collection, document)


def _unmapped(noted: list[tuple[Field, str, str]]) -> list[dict[str, str]]:
    """Several fields may read one element: a finding is told of the field that carries it, not of the views on it."""
    found = [note for note in noted if not note[0].read_only]
    told = {(_element(path), reason) for _, path, reason in found}
    for note in noted:
        finding = (_element(note[1]), note[2])
        if note[0].read_only and finding not in told:
            found.append(note)
            told.add(finding)
    told_of = [{"field": field.name, "path": path, "reason": reason} for field, path, reason in found[:MOST_FINDINGS]]
    more = len(found) - MOST_FINDINGS
    return [*told_of, {"field": "", "path": "", "reason": f"and {more} more"}] if more > 0 else told_of


def _element(path: str) -> str:
    return _INDEX.sub("", path)
