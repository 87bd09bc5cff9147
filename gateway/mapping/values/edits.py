"""What an edited document means for the JSON it came from: plain values, lists brought side by side, what stands beside
a primitive. Pure functions on JSON values."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

Maker = Callable[[Any], Any]
Pairs = Sequence[tuple[int | None, Maker | None]]


def plain(value: Any) -> Any:
    """A document as it is in JSON: times as text in UTC, no other classes than those of `gateway.fhir.fhir_json`.

    Two documents are the same when their plain values are equal; 1.0 and 1.00 are: a client in whose numbers there
    are no trailing zeros must not take them from the resource.
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
    """A plain value without nulls, empty lists and empty objects, which documents do not have: clients that take the
    last item out of a list leave an empty one. None where nothing is left."""
    if isinstance(value, dict):
        return {name: kept for name, part in value.items() if (kept := tidied(part)) is not None} or None
    if isinstance(value, list):
        return [kept for item in value if (kept := tidied(item)) is not None] or None
    return value


def merged(items: Sequence[Any], beside: Sequence[Any], pairs: Pairs) -> tuple[list[Any], list[Any]]:
    """The new items and what stands beside them (`_given`), from (index of the item it comes from, its maker).

    A maker takes the item (None: there is none) and gives the new one; without a maker the item stays as it is.
    """
    made: list[Any] = []
    kept: list[Any] = []
    for index, make in pairs:
        raw = items[index] if index is not None and index < len(items) else None
        near = beside[index] if index is not None and index < len(beside) else None
        made.append(raw if make is None else make(raw))
        kept.append(near)
    if not any(one is not None for one in kept):
        return [one for one in made if one is not None], []
    return made, kept


def keeping(unread: Sequence[int], pairs: Pairs) -> list[tuple[int | None, Maker | None]]:
    """`pairs`, and between them those at the indexes `unread`, which stay as they are."""
    found: list[tuple[int | None, Maker | None]] = []
    waiting = list(unread)
    for index, make in pairs:
        while waiting and index is not None and waiting[0] < index:
            found.append((waiting.pop(0), None))
        found.append((index, make))
    return found + [(index, None) for index in waiting]
