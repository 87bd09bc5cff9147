"""Tell where two internal documents differ: the names of their fields, and the values before and after. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import bson

from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.schema import Document

_DUPLICATE = "duplicate."
"""How the rules of those findings begin that depend on other documents, and not on the mapping."""

_WHOLE = ("fhir", "unmapped", "quality")
"""Fields that are compared as a whole."""

FieldDifference = tuple[str, Any, Any]
"""(dotted name of the field, value before, value after); None for a missing value."""


def encode(document: Document) -> bytes:
    """Return the BSON that MongoDB gets. Documents with the same fields in another order differ."""
    return bson.encode(document, codec_options=DECIMALS)


def decode(stored: bytes) -> Document:
    """Return a document as the store reads it."""
    return bson.decode(stored, DECIMALS)


def differences(before: Document, after: Document) -> Iterator[FieldDifference]:
    """Yield the differences between two documents as the store reads them.

    In lists of objects of the same length each item is compared with the other at its place, under the name of the
    list. `fhir`, `unmapped` and `quality` are compared as a whole. Findings of duplicates do not count.
    """
    yield from _in_objects("", _without_duplicates(before), _without_duplicates(after))


def _without_duplicates(document: Document) -> Document:
    if "quality" not in document:
        return document
    findings = [finding for finding in document["quality"] if not str(finding.get("rule", "")).startswith(_DUPLICATE)]
    rest = {name: value for name, value in document.items() if name != "quality"}
    return {**rest, "quality": findings} if findings else rest


def _in_objects(prefix: str, before: Document, after: Document) -> Iterator[FieldDifference]:
    for name in dict.fromkeys((*before, *after)):
        yield from _in_values(f"{prefix}{name}", before.get(name), after.get(name))


def _in_values(name: str, before: Any, after: Any) -> Iterator[FieldDifference]:
    if name not in _WHOLE and isinstance(before, dict) and isinstance(after, dict):
        yield from _in_objects(f"{name}.", before, after)
    elif name not in _WHOLE and _are_objects(before) and _are_objects(after) and len(before) == len(after):
        for item_before, item_after in zip(before, after, strict=True):
            yield from _in_objects(f"{name}.", item_before, item_after)
    elif not _same(before, after):
        yield name, before, after


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _same(before: Any, after: Any) -> bool:
    """Return whether two values are the same: 1.0 and 1.00 are not, nor are 1 and true."""
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return str(before) == str(after)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_same(before[name], after[name]) for name in before)
    return type(before) is type(after) and bool(before == after)
