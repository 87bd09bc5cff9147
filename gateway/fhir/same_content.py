"""Compare the content of two JSON texts of a resource: the same content makes no new version.

JSON has several forms where XML has one: a repeating primitive without any value is `given: [null]`, or no `given` at
all, beside `_given`. https://hl7.org/fhir/R4/json.html#primitive
"""

from typing import Any

from gateway.fhir import fhir_json

_LARGEST = 256 * 1024
"""Bytes of the longest text that is parsed. A longer one in another form makes a new version, which does no harm."""
_DEEPEST = 256


def same_content(one: bytes, other: bytes) -> bool:
    """Tell whether two texts that `fhir_json.dump` wrote have the same content, in whatever order and form."""
    if fhir_json.same(one, other):
        return True
    if max(len(one), len(other)) > _LARGEST or not (b"null" in one or b"null" in other):
        return False
    return fhir_json.same(_canonical_text(one), _canonical_text(other))


def _canonical_text(text: bytes) -> bytes:
    return fhir_json.dump(_canonical(fhir_json.value(text, max_depth=_DEEPEST)))


def _canonical(value: Any) -> Any:
    """Return `value` without nulls at the end of lists, and without the lists that this leaves empty."""
    if isinstance(value, dict):
        members = {key: _canonical(child) for key, child in value.items()}
        return {key: child for key, child in members.items() if child != [] or value[key] == []}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        while items and items[-1] is None:
            items.pop()
        return items
    return value
