"""Values that come again and again: the same codes, units, reference ranges and results, in one observation after the
other. What was made of one is kept, so that it is read once and not a thousand times.

Only for readers of types that name no person. What they made is shared between documents: nobody may change it.
"""

from typing import Any

from gateway.fhir import json
from gateway.mapping.types.shape import Notes, Reader

TYPES = frozenset({"concept", "coding", "quantity", "range", "value"})
"""Types whose values are worth it."""

WITHIN = TYPES | {"boolean", "code", "decimal", "integer", "text", "token", "preferred", "measured", "label"}
"""Types that an object may have as parts to be worth it."""

_MOST, _LONGEST = 8192, 512
_made: dict[tuple[Reader, bytes], tuple[Any, Notes]] = {}


def read(reader: Reader, raw: Any, notes: Notes) -> Any:
    """What `reader` makes of `raw`, and its notes; the same object again if the same JSON was read before."""
    if raw.__class__ is not dict:
        return reader(raw, notes)
    key = (reader, json.dump(raw))
    known = _made.get(key)
    if known is not None:
        notes += known[1]
        return known[0]
    before = len(notes)
    made = reader(raw, notes)
    if len(key[1]) <= _LONGEST:
        if len(_made) >= _MOST:
            _made.clear()
        _made[key] = made, notes[before:]
    return made
