"""A mapping: one resource type, one collection, its fields in the order of the file."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.errors import Invalid
from gateway.fhir.fhir_json import Resource
from gateway.mapping.attached import Settled, settled
from gateway.mapping.indexes import Index
from gateway.mapping.reading import judgement
from gateway.mapping.reading.fast_path import UNSURE
from gateway.mapping.reading.field import Record
from gateway.mapping.values.edits import plain, tidied
from gateway.mapping.values.shape import Notes, Origins, Seen, Unwritable
from gateway.mapping.writing.writing import written

MOST_FINDINGS = 100  # a document must stay far below the 16 MB of MongoDB, however odd its resource
_INDEX = re.compile(r"\[\d+\]")


ADDED = frozenset({"_id", "fhir", "unmapped", "quality"})
"""What a document has beside the fields of its mapping."""

Noted = tuple[Any, ...]
"""A field, and one of the notes of its reader."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The internal document of a resource: `_id`, the fields of the mapping, and `unmapped` and `quality` at need.

    `stamp`: of the mapping that made it, see gateway.mapping.stamp.
    """

    collection: str
    document: dict[str, Any]
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`file` is where it comes from, for people to read."""

    resource: str
    collection: str
    record: Record
    file: str
    stamp: str = ""
    indexes: tuple[Index, ...] = ()

    writable: ClassVar[bool] = True

    def get(self, resource: Resource) -> Projection:
        """Read `resource`. Whatever it holds, this does not raise: what cannot be read is left out and noted.

        `unmapped` lists it as `{field, path, reason}`; the FHIR resource stays the truth. `quality` lists what was read
        but found wanting, as `{rule, path, before, after}`.
        """
        document: dict[str, Any] = {}
        if "id" in resource:
            document["_id"] = resource["id"]
        noted: list[Noted] = []
        notes: Notes = []
        seen: Seen = {}
        for field in self.record.of(resource):  # Field.read in place: it saves a call for each field
            quick = field.quick
            value = UNSURE if quick is None else quick(resource, notes, seen)
            if value is UNSURE:
                value = field.thoroughly(resource, notes, seen)
            elif value is None:
                value = field.default
            if value is not None:
                document[field.name] = value
            if notes:
                noted += [(field, *note) for note in notes]
                notes.clear()
        document = judgement.settled(self.record.fields, resource, document)
        if noted and judgement.is_retracted(resource):
            noted = [(field, *note) for field, *note in noted if not judgement.is_judgement(tuple(note))]
        if noted:
            _report(noted, document)
        return Projection(self.collection, document, self.stamp)

    def put(self, document: dict[str, Any], original: Resource | None) -> Resource:
        """Return the resource that `edit` makes, without its warnings."""
        return self.edit(document, original).resource

    def edit(self, document: dict[str, Any], original: Resource | None) -> Settled:
        """Return the resource of which `get` makes `document`: `original`, changed where the document was changed.

        Without an original it is a new one. What the gateway adds to documents (`fhir`, `unmapped`, `quality`) and what
        follows from other fields may be missing or as it was. The original is left alone, and is itself what comes
        back where nothing was edited. What describes a value goes when the document no longer has the value, unless the
        document changes the description too (gateway.mapping.attached); the warnings tell what went. Whether the result
        is valid FHIR is for `gateway.fhir.validate`.

        Raises Invalid, with the field (`names[0].family`) or FHIRPath as `expression`, for what cannot be written.
        """
        resource = original if original is not None else _new(self.resource, document.get("_id"))
        wanted, old = _own(tidied(plain(document))), _own(plain(self.get(resource).document))
        origins = Origins()
        try:
            new = written(self.record, resource, wanted, old, origins)
        except Unwritable as error:
            raise Invalid(f"{error.path}: {error.reason}", expression=error.path) from None
        return settled(original, new, origins)


def _own(document: dict[str, Any] | None) -> dict[str, Any]:
    """What the fields of the mapping read."""
    return {name: value for name, value in (document or {}).items() if name not in ADDED}


def _new(type_: str, id_: Any) -> Resource:
    return {"resourceType": type_} if id_ is None else {"resourceType": type_, "id": id_}


def _report(noted: list[Noted], document: dict[str, Any]) -> None:
    unread = [note for note in noted if len(note) == 3]
    found = [note for note in noted if len(note) == 5]
    if unread:
        document["unmapped"] = _unmapped(unread)
    if found:
        document["quality"] = _quality(found)


def _quality(noted: list[Noted]) -> list[dict[str, Any]]:
    """Of several fields that read one element, one tells of it."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for _, path, rule, before, after in sorted(noted, key=lambda note: note[0].read_only):
        finding = {"rule": rule, "path": path, "before": before, "after": after}
        told.setdefault((rule, path), {name: value for name, value in finding.items() if value is not None})
    return [*told.values()][:MOST_FINDINGS]


def _unmapped(noted: list[Noted]) -> list[dict[str, str]]:
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
