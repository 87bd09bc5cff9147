"""Values that come again and again: the same codes, units, reference ranges and results, in one observation after the
other. What was made of one is kept, so that it is read once and not a thousand times.

Only for readers of types that name no person. What they made is shared between documents: nobody may change it.
"""

from typing import Any

from gateway.fhir import fhir_json
from gateway.mapping.values.shape import Notes, Reader, Seen

TYPES = frozenset({"concept", "coding", "preferred", "quantity", "range", "value"})
"""Types whose values are worth it."""

WITHIN = TYPES | {"boolean", "code", "decimal", "integer", "text", "token", "measured", "label"}
"""Types that an object may have as parts to be worth it."""

FHIR_TYPES = frozenset({"CodeableConcept", "Coding"})
"""FHIR types on the way of a path that are worth it."""

MOST, LONGEST = 16_384, 512
"""So much is kept, of so many bytes of JSON each."""
_made: dict[tuple[Reader, bytes], tuple[Any, Notes]] = {}


def read(reader: Reader, raw: Any, notes: Notes) -> Any:
    """What `reader` makes of `raw`, and its notes; the same object again if the same JSON was read before."""
    if raw.__class__ is not dict:
        return reader(raw, notes)
    return _kept(reader, raw, fhir_json.dump(raw), notes)


def member(reader: Reader, raw: Any, name: str, notes: Notes, seen: Seen) -> Any:
    """As `read`, of what a node has under `name`: written as JSON once for all that read it."""
    text = told(raw, name, seen)
    known = _made.get((reader, text))
    if known is None:
        return _kept(reader, raw, text, notes)
    if known[1]:
        notes += known[1]
    return known[0]


def told(raw: Any, name: str, seen: Seen) -> bytes:
    """The JSON of what a node has under `name`."""
    text: bytes | None = seen.get(name)
    if text is None:
        text = seen[name] = fhir_json.dump(raw)
    return text


def _kept(reader: Reader, raw: Any, text: bytes, notes: Notes) -> Any:
    key = (reader, text)
    known = _made.get(key)
    if known is not None:
        notes += known[1]
        return known[0]
    before = len(notes)
    made = reader(raw, notes)
    if len(text) <= LONGEST:
        if len(_made) >= MOST:
            _made.clear()
        _made[key] = made, notes[before:]
    return made
