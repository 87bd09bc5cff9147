"""Where two internal documents differ: the names of their fields, and what stands there."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import bson

from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.schema import Document

DUPLICATE = "duplicate."
"""Findings of quality with these rules depend on what else was stored, not on the mapping."""


def as_stored(document: Document) -> bytes:
    """What MongoDB is given; equal for documents that are equal, but for the order of their fields."""
    return bson.encode(document, codec_options=DECIMALS)


def read(stored: bytes) -> Document:
    return bson.decode(stored, DECIMALS)


def differences(before: Document, after: Document) -> Iterator[tuple[str, Any, Any]]:
    """(dotted field, before, after) of documents as MongoDB gives them, None where there is nothing; in lists of
    objects each item under the name of the list. `fhir`, which tells of the version, counts as one field."""
    yield from _within("", _judged(before), _judged(after))


def _judged(document: Document) -> Document:
    if "quality" not in document:
        return document
    kept = [one for one in document["quality"] if not str(one.get("rule", "")).startswith(DUPLICATE)]
    rest = {name: value for name, value in document.items() if name != "quality"}
    return {**rest, "quality": kept} if kept else rest


def _within(under: str, before: Document, after: Document) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys((*before, *after)):
        yield from _between(f"{under}{name}", before.get(name), after.get(name))


def _between(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if name not in _WHOLE and isinstance(before, dict) and isinstance(after, dict):
        yield from _within(f"{name}.", before, after)
    elif name not in _WHOLE and _objects(before) and _objects(after) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _within(f"{name}.", one, other)
    elif not _same(before, after):
        yield name, before, after


_WHOLE = ("fhir", "unmapped", "quality")


def _objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _same(before: Any, after: Any) -> bool:
    """1.0 and 1.00 differ, and so do 1 and true."""
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return str(before) == str(after)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_same(before[name], after[name]) for name in before)
    return type(before) is type(after) and bool(before == after)
