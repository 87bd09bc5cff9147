"""Compare the content of two JSON texts of a resource. An update with the same content makes no new version.

JSON can write the same content in several forms: beside `_given`, a repeating primitive without any value is either
`given: [null]` or absent. https://hl7.org/fhir/R4/json.html#primitive
"""

from typing import Any

from gateway.fhir import fhir_json

_MAX_PARSED = 256 * 1024
"""Bytes of the longest text that is parsed. A longer text in another form makes a new version, which does no harm."""
_MAX_DEPTH = 256


def same_content(left: bytes, right: bytes) -> bool:
    """Tell whether two texts that `fhir_json.dump` wrote have the same content, in any order and form."""
    if fhir_json.same(left, right):
        return True
    # Only a text with a null has another form.
    if max(len(left), len(right)) > _MAX_PARSED or not (b"null" in left or b"null" in right):
        return False
    return fhir_json.same(_canonical_text(left), _canonical_text(right))


def _canonical_text(text: bytes) -> bytes:
    return fhir_json.dump(_canonical(fhir_json.parse_value(text, max_depth=_MAX_DEPTH)))


def _canonical(value: Any) -> Any:
    """Remove nulls at the ends of lists, and then the lists that this leaves empty."""
    if isinstance(value, dict):
        members = {key: _canonical(child) for key, child in value.items()}
        return {key: child for key, child in members.items() if child != [] or value[key] == []}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        while items and items[-1] is None:
            items.pop()
        return items
    return value
