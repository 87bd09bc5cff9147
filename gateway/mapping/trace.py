"""Which rule read what: the table behind `gateway map try`."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.fhir.fhir_json import Resource
from gateway.mapping.mapping import Mapping
from gateway.mapping.reading.field import Field
from gateway.mapping.reading.judgement import COMPUTED, is_retracted
from gateway.mapping.values.shape import Notes


class Reading(NamedTuple):
    """`field` dotted and indexed as in the document, `path` the rule's FHIRPath, `notes` what it had to leave out.

    `value` is None where the rule found nothing; for an object with fields it is the whole object, and the readings
    of its fields follow.
    """

    field: str
    path: str
    value: Any
    line: int
    file: str
    notes: tuple[tuple[Any, ...], ...] = ()

    @property
    def rule(self) -> str:
        return f"{self.file}:{self.line}"


def trace(mapping: Mapping, resource: Resource) -> Iterator[Reading]:
    """A reading per rule in the order of the file, nested ones after the object they belong to."""
    left_out = COMPUTED if is_retracted(resource) else frozenset()
    for field in mapping.record.fields:
        yield from _readings(field, resource, "", mapping.file, left_out)


def _readings(field: Field, node: dict[str, Any], under: str, file: str, left_out: frozenset[str]) -> Iterator[Reading]:
    """Yield the readings of a field and the fields in it; fields of the types `left_out` are not read."""
    if field.type in left_out:
        return
    notes: Notes = []
    value = field.read(node, notes, {})
    name = under + field.name
    yield Reading(name, field.path, value, field.line, file, tuple(notes))
    for index, child in enumerate(_nodes(field, node) if field.fields and value is not None else ()):
        place = f"{name}[{index}]." if field.many else f"{name}."
        for inner in field.fields:
            yield from _readings(inner, child, place, file, left_out)


def _nodes(field: Field, node: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects whose fields became items of the document, in the same order."""
    found = [node] if field.expression is None else [raw for _, raw in field.expression.typed(node)]
    return [raw for raw in found if isinstance(raw, dict) and _filled(field, raw)]


def _filled(field: Field, raw: dict[str, Any]) -> bool:
    ignored: Notes = []
    return any(inner.read(raw, ignored, {}) is not None for inner in field.fields)
