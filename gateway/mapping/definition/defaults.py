"""Defaults: what a document holds where the resource says nothing. They are never written to FHIR."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.mapping.source.yaml_source import Source
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Odd

_BOOLEANS = {"true": True, "false": False}
PARSERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "code": str,
    "date": str,
    "time": str,
    "boolean": _BOOLEANS.__getitem__,
    "integer": int,
    "decimal": Decimal,
}


def default(source: Source, type_: str) -> Any:
    """The value written in the mapping, as the document will hold it."""
    parse = PARSERS.get(type_)
    if parse is None:
        source.refuse(f"type {type_} cannot have a default; {', '.join(PARSERS)} can")
    text = source.text()
    try:
        return next(iter(TYPES[type_].lenses.values())).get(parse(text), [])
    except (ArithmeticError, KeyError, ValueError, Odd):
        source.refuse(f"default {text!r} is not of type {type_}")
