"""Trace which rule of a mapping read which value: the table behind `gateway map try`."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.fhir.fhir_json import Resource
from gateway.mapping.mapping import Mapping
from gateway.mapping.reading.field import Field
from gateway.mapping.reading.judgments import COMPUTED, is_retracted
from gateway.mapping.values.lens import Notes


class Reading(NamedTuple):
    """The result of one rule.

    field: the name in the document, dotted and indexed (`contacts[0].name`).
    path: the FHIRPath of the rule.
    value: None if the rule found nothing; the whole object for an object, and the readings of its fields follow.
    line, file: where the rule stands.
    notes: what it left out, and the findings of quality rules (gateway.mapping.values.lens.Notes).
    """

    field: str
    path: str
    value: Any
    line: int
    file: str
    notes: tuple[tuple[Any, ...], ...] = ()

    @property
    def rule(self) -> str:
        """Return the place of the rule as `file:line`."""
        return f"{self.file}:{self.line}"


def trace(mapping: Mapping, resource: Resource) -> Iterator[Reading]:
    """Yield a reading per rule in the order of the file; the fields of an object follow their object."""
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
    """Return the objects that became items of the document, in the same order."""
    matches = [node] if field.expression is None else [raw for _, raw in field.expression.typed(node)]
    return [raw for raw in matches if isinstance(raw, dict) and _filled(field, raw)]


def _filled(field: Field, raw: dict[str, Any]) -> bool:
    ignored: Notes = []
    return any(inner.read(raw, ignored, {}) is not None for inner in field.fields)
