"""Encode the end of a page of documents as opaque text: the values that it was sorted by, then the id."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from gateway.api.internal.values import READ
from gateway.errors import BadRequest, Malformed
from gateway.fhir import fhir_json

Sort = Sequence[tuple[str, int, str]]

_encode = msgspec.json.Encoder(decimal_format="number").encode


def mark(sort: Sort, last: Mapping[str, Any]) -> str:
    """Return the text for the last document of a page."""
    values = [_at(last, dotted) for dotted, _ in _keys(sort)]
    return base64.urlsafe_b64encode(_encode(values)).decode().rstrip("=")


def position(text: str, sort: Sort) -> list[Any]:
    """Decode the text. Raises BadRequest if it was not made for this order."""
    try:
        held = fhir_json.parse_value(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, Malformed):
        held = None
    keys = _keys(sort)
    if not isinstance(held, list) or len(held) != len(keys) or held[-1] is None:
        raise _not_ours()
    return [_value(value, kind) for value, (_, kind) in zip(held, keys, strict=True)]


def _keys(sort: Sort) -> list[tuple[str, str]]:
    """Return the fields of the order with their kinds; _id always comes last."""
    keys = [(dotted, kind) for dotted, _, kind in sort]
    return keys if keys and keys[-1][0] == "_id" else [*keys, ("_id", "text")]


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "time":
        try:
            return msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            raise _not_ours() from None
    if kind == "text":
        if isinstance(value, str) and "\0" not in value:
            return value
        raise _not_ours()
    try:
        return READ[kind](fhir_json.dump(value).decode())
    except ValueError:
        raise _not_ours() from None


def _not_ours() -> BadRequest:
    return BadRequest("after is taken from next, as it is, and goes with the same sort", expression="after")


def _at(document: Mapping[str, Any], dotted: str) -> Any:
    value: Any = document
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
