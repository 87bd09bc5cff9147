"""Keep what was read of values that occur again and again: the same codes, units, reference ranges and results.

A value is kept by its reader and its JSON text, so that it is read once and not a thousand times. Only types that hold
nothing about a person are kept. What was read is shared between documents, so nobody may change it.
"""

from typing import Any

from gateway.fhir import fhir_json
from gateway.mapping.values.lens import NodeCache, Notes, Reader

TYPES = frozenset({"concept", "coding", "preferred", "quantity", "range", "value"})
"""Types of the mapping language whose values are worth keeping."""

WITHIN = TYPES | {"boolean", "code", "decimal", "integer", "text", "token", "measured", "label"}
"""Types of fields: an object that has only such fields is worth keeping as a whole."""

FHIR_TYPES = frozenset({"CodeableConcept", "Coding"})
"""FHIR types: what a path reads below them is worth keeping."""

MOST, LONGEST = 16_384, 512
"""How many values are kept, and how many bytes of JSON each of them may have."""
_kept_values: dict[tuple[Reader, bytes], tuple[Any, Notes]] = {}


def read(reader: Reader, raw: Any, notes: Notes) -> Any:
    """Read `raw` and add its notes. If the same JSON was read before, return the same object again."""
    if raw.__class__ is not dict:
        return reader(raw, notes)
    return _read(reader, raw, fhir_json.dump(raw), notes)


def read_member(reader: Reader, raw: Any, name: str, notes: Notes, cache: NodeCache) -> Any:
    """Read `raw`, the member `name` of an object, as `read` does; its JSON is written once for all its readers."""
    text = member_json(raw, name, cache)
    kept = _kept_values.get((reader, text))
    if kept is None:
        return _read(reader, raw, text, notes)
    if kept[1]:
        notes += kept[1]
    return kept[0]


def member_json(raw: Any, name: str, cache: NodeCache) -> bytes:
    """Return the JSON of `raw`, the member `name` of the object that `cache` belongs to."""
    text: bytes | None = cache.get(name)
    if text is None:
        text = cache[name] = fhir_json.dump(raw)
    return text


def _read(reader: Reader, raw: Any, text: bytes, notes: Notes) -> Any:
    key = (reader, text)
    kept = _kept_values.get(key)
    if kept is not None:
        notes += kept[1]
        return kept[0]
    before = len(notes)
    value = reader(raw, notes)
    if len(text) <= LONGEST:
        if len(_kept_values) >= MOST:
            _kept_values.clear()
        _kept_values[key] = value, notes[before:]
    return value
