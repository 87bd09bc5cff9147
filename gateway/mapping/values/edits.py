"""Bring an edited document to plain values, and merge an edited list with the list it came from.

All functions are pure functions on JSON values.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

Maker = Callable[[Any], Any]
"""Called by `merged` with the item that a value comes from, None for a new value; returns the new item."""

Pairs = Sequence[tuple[int | None, Maker | None]]
"""For each new value: the index of the item it comes from, and what makes the new item (None: the item stays)."""


def plain(value: Any) -> Any:
    """Return a document as it is in JSON: times as text in UTC, and only the classes that fhir_json gives.

    Two documents are the same if their plain values are equal. 1.0 equals 1.00: a client whose numbers have no trailing
    zeros must not take them from the resource.
    """
    if value.__class__ is str or value.__class__ is Decimal or value.__class__ is bool or value.__class__ is int:
        return value
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return msgspec.to_builtins(value) if isinstance(value, datetime) else value


def tidied(value: Any) -> Any:
    """Return a plain value without nulls, empty lists and empty objects, None if nothing is left.

    Documents have none of these, but a client that takes the last item out of a list leaves an empty list.
    """
    if isinstance(value, dict):
        return {name: kept for name, part in value.items() if (kept := tidied(part)) is not None} or None
    if isinstance(value, list):
        return [kept for item in value if (kept := tidied(item)) is not None] or None
    return value


def merged(items: Sequence[Any], beside: Sequence[Any], pairs: Pairs) -> tuple[list[Any], list[Any]]:
    """Return the new items of a list, and the new objects beside them (`_given`), which move along with their items.

    The second list is empty if no item has an object beside it.
    """
    new_items: list[Any] = []
    new_beside: list[Any] = []
    for index, make in pairs:
        item = items[index] if index is not None and index < len(items) else None
        companion = beside[index] if index is not None and index < len(beside) else None
        new_items.append(item if make is None else make(item))
        new_beside.append(companion)
    if not any(companion is not None for companion in new_beside):
        return [item for item in new_items if item is not None], []
    return new_items, new_beside


def keeping(unread: Sequence[int], pairs: Pairs) -> list[tuple[int | None, Maker | None]]:
    """Return `pairs` with the items at the indexes `unread` put between them, which stay as they are."""
    all_pairs: list[tuple[int | None, Maker | None]] = []
    waiting = list(unread)
    for index, make in pairs:
        while waiting and index is not None and waiting[0] < index:
            all_pairs.append((waiting.pop(0), None))
        all_pairs.append((index, make))
    return all_pairs + [(index, None) for index in waiting]
