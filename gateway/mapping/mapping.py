"""Define a mapping: it reads resources of one type into documents of one collection, and writes them back."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from gateway.errors import Invalid
from gateway.fhir.fhir_json import Resource
from gateway.mapping.attached import EditedResource, settle
from gateway.mapping.indexes import Index
from gateway.mapping.reading import judgments
from gateway.mapping.reading.fast_path import UNSURE
from gateway.mapping.reading.field import Record
from gateway.mapping.values.edits import plain, tidied
from gateway.mapping.values.lens import NodeCache, Notes, Origins, Unwritable
from gateway.mapping.writing.record_writer import write_fields

MOST_FINDINGS = 100  # keeps a document far below the 16 MB of MongoDB, whatever its resource holds
_INDEX = re.compile(r"\[\d+\]")


ADDED = frozenset({"_id", "fhir", "unmapped", "quality"})
"""The members of a document that are not fields of its mapping."""

FieldNote = tuple[Any, ...]
"""A field, followed by the items of one note that was made while it was read (gateway.mapping.values.lens.Notes)."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The internal document of a resource.

    document: `_id`, the fields of the mapping, and `unmapped` and `quality` if there is something to report.
    stamp: identifies the mapping that made the document, see gateway.mapping.stamp.
    """

    collection: str
    document: dict[str, Any]
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The mapping in one file; `record` has its fields in the order of the file, `file` is its name for messages."""

    resource: str
    collection: str
    record: Record
    file: str
    stamp: str = ""
    indexes: tuple[Index, ...] = ()

    writable: ClassVar[bool] = True

    def get(self, resource: Resource) -> Projection:
        """Read `resource` into its document. This never raises, whatever the resource holds.

        What cannot be read is left out, and listed in `unmapped` as `{field, path, reason}`; the FHIR resource stays
        the truth. Content of poor quality is listed in `quality` as `{rule, path, before, after}`.
        """
        document: dict[str, Any] = {}
        if "id" in resource:
            document["_id"] = resource["id"]
        field_notes: list[FieldNote] = []
        notes: Notes = []
        cache: NodeCache = {}
        for field in self.record.fillable(resource):  # Field.read written out here: it saves a call for each field
            fast_path = field.fast_path
            value = UNSURE if fast_path is None else fast_path(resource, notes, cache)
            if value is UNSURE:
                value = field.read_by_path(resource, notes, cache)
            elif value is None:
                value = field.default
            if value is not None:
                document[field.name] = value
            if notes:
                field_notes += [(field, *note) for note in notes]
                notes.clear()
        document = judgments.without_disallowed(self.record.fields, resource, document)
        if field_notes and judgments.is_retracted(resource):
            field_notes = [(field, *note) for field, *note in field_notes if not judgments.is_judgment(tuple(note))]
        if field_notes:
            _report(field_notes, document)
        return Projection(self.collection, document, self.stamp)

    def put(self, document: dict[str, Any], original: Resource | None) -> Resource:
        """Return the resource that `edit` makes, without its warnings."""
        return self.edit(document, original).resource

    def edit(self, document: dict[str, Any], original: Resource | None) -> EditedResource:
        """Return `original` changed so that `get` reads `document` from it; a new resource if there is no original.

        `original` itself is never changed, and is returned if nothing was edited. The document may leave out what the
        gateway adds (`fhir`, `unmapped`, `quality`) and what follows from other fields, or have it as it was.

        If a value changes, what described the old value is removed, unless the document changes the description too
        (gateway.mapping.attached). The warnings say what was removed. Whether the result is valid FHIR is not checked
        here but by `gateway.fhir.validate`.

        Raises Invalid for what cannot be written; its `expression` is the field (`names[0].family`) or a FHIRPath.
        """
        resource = original if original is not None else _new(self.resource, document.get("_id"))
        wanted, old = _fields(tidied(plain(document))), _fields(plain(self.get(resource).document))
        origins = Origins()
        try:
            new = write_fields(self.record, resource, wanted, old, origins)
        except Unwritable as error:
            raise Invalid(f"{error.path}: {error.reason}", expression=error.path) from None
        return settle(original, new, origins)


def _fields(document: dict[str, Any] | None) -> dict[str, Any]:
    """Return the members of a document that are fields of its mapping."""
    return {name: value for name, value in (document or {}).items() if name not in ADDED}


def _new(type_: str, id_: Any) -> Resource:
    return {"resourceType": type_} if id_ is None else {"resourceType": type_, "id": id_}


def _report(notes: list[FieldNote], document: dict[str, Any]) -> None:
    unread = [note for note in notes if len(note) == 3]  # (field, path, reason)
    findings = [note for note in notes if len(note) == 5]  # (field, path, rule, before, after)
    if unread:
        document["unmapped"] = _unmapped(unread)
    if findings:
        document["quality"] = _quality(findings)


def _quality(findings: list[FieldNote]) -> list[dict[str, Any]]:
    """Return one entry per rule and path; if several fields read an element, the entry is that of the field written."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for _, path, rule, before, after in sorted(findings, key=lambda note: note[0].read_only):
        entry = {"rule": rule, "path": path, "before": before, "after": after}
        entries.setdefault((rule, path), {name: value for name, value in entry.items() if value is not None})
    return [*entries.values()][:MOST_FINDINGS]


def _unmapped(unread: list[FieldNote]) -> list[dict[str, str]]:
    """Return one entry per note. A read-only field repeats no note of the field that writes the same element."""
    reported = [note for note in unread if not note[0].read_only]
    reasons = {(_element(path), reason) for _, path, reason in reported}
    for note in unread:
        reason = (_element(note[1]), note[2])
        if note[0].read_only and reason not in reasons:
            reported.append(note)
            reasons.add(reason)
    entries = [
        {"field": field.name, "path": path, "reason": reason} for field, path, reason in reported[:MOST_FINDINGS]
    ]
    more = len(reported) - MOST_FINDINGS
    return [*entries, {"field": "", "path": "", "reason": f"and {more} more"}] if more > 0 else entries


def _element(path: str) -> str:
    return _INDEX.sub("", path)
