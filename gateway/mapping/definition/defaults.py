"""Read the defaults of a mapping: what a document holds if the resource has no value.

They are never written to FHIR.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.mapping.source.yaml_source import Source
from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Unreadable

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


def parse(source: Source, type_: str) -> Any:
    """Return the value in the mapping as the document will hold it.

    Raises ConfigurationError if it is not of the type.
    """
    parser = PARSERS.get(type_)
    if parser is None:
        source.refuse(f"type {type_} cannot have a default: leave it out; {', '.join(PARSERS)} can have one")
    text = source.text()
    try:
        return next(iter(TYPES[type_].lenses.values())).get(parser(text), [])
    except (ArithmeticError, KeyError, ValueError, Unreadable):
        source.refuse(f"default {text!r} is not of type {type_}")
