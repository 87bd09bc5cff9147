"""Whether two JSON texts of a resource say the same, so that storing one over the other would make no new version.

JSON has several forms for what XML has one: a repeating primitive without any value is `given: [null]`, or no `given`
at all, beside `_given`. https://hl7.org/fhir/R4/json.html#primitive
"""

from typing import Any

from gateway.fhir import json

_LARGEST = 256 * 1024
"""Bytes up to which texts are taken apart: of a larger one another form makes a new version, which does no harm."""
_DEEPEST = 256


def same_content(one: bytes, other: bytes) -> bool:
    """Tell whether two texts that `json.dump` wrote have the same content, in whatever order and form."""
    if json.same(one, other):
        return True
    if max(len(one), len(other)) > _LARGEST or not (b"null" in one or b"null" in other):
        return False
    return json.same(_canonical_text(one), _canonical_text(other))


def _canonical_text(text: bytes) -> bytes:
    return json.dump(_canonical(json.value(text, max_depth=_DEEPEST)))


def _canonical(value: Any) -> Any:
    """`value`, its lists without the nulls at their end, and without the lists that are empty then."""
    if isinstance(value, dict):
        members = {key: _canonical(child) for key, child in value.items()}
        return {key: child for key, child in members.items() if child != [] or value[key] == []}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        while items and items[-1] is None:
            items.pop()
        return items
    return value
