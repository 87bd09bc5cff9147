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
    """A document as it is in JSON: times as text in UTC, no other classes than those of `gateway.fhir.json`.

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


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """For each new value the index of the old one it comes from: the same value where there is one, wherever it stood;
    of the others, one edited in place where old and new are alike. None in `old` is nothing to compare with."""
    kept = _common(old, new)
    origin: dict[int, int | None] = {to: at for at, to in kept}
    origin |= _moved(old, new, kept)
    taken = {*origin.values()}
    i = j = 0
    for at, to in [*kept, (len(old), len(new))]:
        left = [n for n in range(j, to) if n not in origin]
        indexes = [k for k in range(i, at) if old[k] is not None and k not in taken]
        origin |= dict(zip(left, _between(indexes, old, [new[n] for n in left]), strict=True))
        i, j = at + 1, to + 1
    return [origin[n] for n in range(len(new))]


def _moved(old: Sequence[Any], new: Sequence[Any], kept: Sequence[tuple[int, int]]) -> dict[int, int]:
    """New value -> old one, for those that stand on the other side of what kept its order."""
    still, placed = {at for at, _ in kept}, {to for _, to in kept}
    waiting = [at for at, value in enumerate(old) if value is not None and at not in still]
    found: dict[int, int] = {}
    for to, value in enumerate(new):
        at = next((one for one in waiting if old[one] == value), None) if to not in placed and waiting else None
        if at is not None:
            found[to] = at
            waiting.remove(at)
    return found


def _common(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[int, int]]:
    """The longest common subsequence as pairs of indexes."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    head = [(n, n) for n in range(start)]
    rows, columns = old[start:], new[start:]
    if not rows or not columns:
        return head
    length = [[0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for i in range(len(rows) - 1, -1, -1):
        for j in range(len(columns) - 1, -1, -1):
            same = rows[i] is not None and rows[i] == columns[j]
            length[i][j] = length[i + 1][j + 1] + 1 if same else max(length[i + 1][j], length[i][j + 1])
    i = j = 0
    while i < len(rows) and j < len(columns):
        if rows[i] is not None and rows[i] == columns[j]:
            head.append((start + i, start + j))
            i, j = i + 1, j + 1
        elif length[i + 1][j] >= length[i][j + 1]:
            i += 1
        else:
            j += 1
    return head


def _between(indexes: list[int], old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    found: list[int | None] = []
    for number, value in enumerate(new):
        left = len(new) - number  # how many new ones are still to be placed
        alike = next((k for k in indexes if _alike(old[k], value)), None)
        if alike is None and len(indexes) == left and value.__class__ is not dict and indexes:
            alike = indexes[0]
        found.append(alike)
        if alike is not None:
            indexes = [k for k in indexes if k > alike]
    return found


def _alike(old: Any, new: Any) -> bool:
    """Whether one may be the other, edited: they share a part, or are objects of one part each."""
    if old.__class__ is not dict or new.__class__ is not dict:
        return False
    return any(new.get(name) == part for name, part in old.items()) or (len(old) == len(new) == 1 and [*old] == [*new])


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
