"""Describe documents by their mapping: the fields, their kinds, and whether they are lists."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.fhir.view import Column
from gateway.mapping import Mapping as ResourceMapping
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.reading.field import Field
from gateway.mapping.values.lens import Lens, Part
from gateway.store.internal.filters import PathStep

OBJECT = "object"
ANY = "any"
"""The kind of a value that may have several kinds."""


@dataclass(frozen=True, slots=True)
class DocumentField:
    """A field. `kind` is text, number, integer, boolean, time, object or any; `path` is the FHIRPath in the mapping."""

    name: str
    kind: str
    many: bool = False
    inside: Mapping[str, "DocumentField"] = field(default_factory=dict)
    read_only: bool = False
    path: str = ""


Found = tuple[tuple[PathStep, ...], DocumentField]


Readable = ResourceMapping | ViewMapping

_last: dict[str, tuple[Readable, Mapping[str, DocumentField]]] = {}
"""For each collection, the mapping that was described last and its fields; it seldom changes."""


def elements(mapping: Readable) -> Mapping[str, DocumentField]:
    """Return the fields of a mapping's documents by name, with those that the gateway adds."""
    known = _last.get(mapping.collection)
    if known is None or known[0] is not mapping:
        known = _last[mapping.collection] = mapping, _named([*_own(mapping), *_ADDED])
    return known[1]


def find(known: Mapping[str, DocumentField], dotted: str) -> Found | None:
    """Return the fields on the way to a dotted name, empty if there is no such field."""
    steps: list[PathStep] = []
    element = None
    for name in dotted.split("."):
        element = known.get(name)
        if element is None:
            return None
        steps.append(PathStep(name, element.many))
        known = element.inside
    return (tuple(steps), element) if element else None


def nearest(known: Mapping[str, DocumentField], dotted: str) -> list[str]:
    """Return the names of the fields where the dotted name stops to match."""
    under = ""
    for name in dotted.split("."):
        element = known.get(name)
        if element is None or not element.inside:
            break
        known, under = element.inside, f"{under}{name}."
    return [under + name for name in known]


def told(known: Mapping[str, DocumentField], under: str = "") -> Iterator[dict[str, Any]]:
    """Return all fields with dotted names; the fields of an object follow it."""
    for element in known.values():
        row = {"name": under + element.name, "type": element.kind, "list": element.many, "read_only": element.read_only}
        yield {**row, "path": element.path} if element.path else row
        yield from told(element.inside, f"{under}{element.name}.")


def _named(found: Iterable[DocumentField]) -> dict[str, DocumentField]:
    return {element.name: element for element in found}


def _own(mapping: Readable) -> Iterator[DocumentField]:
    if isinstance(mapping, ResourceMapping):
        return map(_of_field, mapping.record.fields)
    columns = [_of_column(one) for one in mapping.view.columns]
    return iter([DocumentField("rows", OBJECT, True, _named(columns), True)] if mapping.several else columns)


def _of_column(column: Column) -> DocumentField:
    return DocumentField(column.name, _COLUMN.get(column.type, ANY), column.collection, read_only=True)


def _of_field(one: Field) -> DocumentField:
    made = _of_lens(one.name, one.lens, one.many, one.read_only)
    if one.fields:
        made = replace(made, inside=_named(map(_of_field, one.fields)))
    if one.function is not None and one.function.leaf:
        made = replace(made, kind=one.function.leaf, inside={})
    return replace(made, path=one.path)


def _of_lens(name: str, lens: Lens, many: bool, read_only: bool) -> DocumentField:
    inside = [*(_of_part(part, read_only) for part in lens.parts), *(_of_part(part, True) for part in lens.derived)]
    kind = OBJECT if inside else lens.leaf or ANY
    return DocumentField(name, kind, many, _named(inside), read_only)


def _of_part(part: Part, read_only: bool) -> DocumentField:
    return _of_lens(part.name, part.lens, part.many, read_only)


# FHIR types of the columns of a view; other types are text, and a column need not say its type.
_COLUMN = {
    **dict.fromkeys(("integer", "positiveInt", "unsignedInt", "integer64"), "integer"),
    **dict.fromkeys(("code", "id", "string", "uri", "url", "canonical", "date", "dateTime", "instant", "time"), "text"),
    "boolean": "boolean",
    "decimal": "number",
}


def _texts(*names: str) -> dict[str, DocumentField]:
    return {name: DocumentField(name, "text", read_only=True) for name in names}


_ADDED = (
    DocumentField("_id", "text"),
    DocumentField(
        "fhir",
        OBJECT,
        inside={
            **_texts("type", "origin", "mapping"),
            "version": DocumentField("version", "integer", read_only=True),
            "updated": DocumentField("updated", "time", read_only=True),
        },
        read_only=True,
    ),
    DocumentField("unmapped", OBJECT, True, _texts("field", "path", "reason"), True),
    DocumentField(
        "quality",
        OBJECT,
        True,
        {
            **_texts("rule", "path"),
            "before": DocumentField("before", ANY, read_only=True),
            "after": DocumentField("after", ANY, read_only=True),
        },
        True,
    ),
)
