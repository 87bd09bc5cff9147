"""Find the old value of a list that each new one comes from, at less than quadratic cost."""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from gateway import budget

_MOST_MATCHES = 200_000
"""Pairs of equal values that are looked at for the longest run; of more pairs, any long run will do."""


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Return for each new value the index of the old one that it comes from, None for a value that is new.

    That is an equal value wherever it stood, else a value edited in place that is like the new one. A None in `old` is
    compared with nothing.
    """
    before = [None if value is None else frozen(value) for value in old]
    after = [frozen(value) for value in new]
    kept = _common(before, after)
    origin: dict[int, int | None] = {to: at for at, to in kept}
    origin |= _moved(before, after, kept)
    taken = {*origin.values()}
    i = j = 0
    for at, to in [*kept, (len(old), len(new))]:
        left = [n for n in range(j, to) if n not in origin]
        indexes = [k for k in range(i, at) if old[k] is not None and k not in taken]
        origin |= dict(zip(left, _between(indexes, old, [new[n] for n in left]), strict=True))
        i, j = at + 1, to + 1
    return [origin[n] for n in range(len(new))]


def frozen(value: Any) -> Hashable:
    """Return a key that is equal for equal JSON values; 1.0 and 1.00 are equal."""
    if isinstance(value, dict):
        return frozenset((name, frozen(part)) for name, part in value.items())
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def _common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the longest common subsequence as pairs of indexes; a common beginning and end is always part of it."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] is None or old[n] != new[n]), shorter)
    most = shorter - start
    end = next((n for n in range(most) if old[-1 - n] is None or old[-1 - n] != new[-1 - n]), most)
    middle = _longest(old[start : len(old) - end], new[start : len(new) - end])
    return [
        *((n, n) for n in range(start)),
        *((at + start, to + start) for at, to in middle),
        *((len(old) - n, len(new) - n) for n in range(end, 0, -1)),
    ]


def _longest(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the longest common subsequence by the method of Hunt and Szymanski."""
    ends: list[int] = []  # the least index in `new` at which a run of each length ends
    runs: list[tuple[int, int, int]] = []  # (index in old, index in new, the run before or -1)
    last: list[int] = []  # the run behind each of `ends`
    for at, to in _matches(old, new):
        length = bisect_left(ends, to)
        runs.append((at, to, last[length - 1] if length else -1))
        if length == len(ends):
            ends.append(to)
            last.append(len(runs) - 1)
        elif to < ends[length]:  # of equal old values the first one stays
            ends[length], last[length] = to, len(runs) - 1
    return _run(runs, last[-1] if last else -1)


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterable[tuple[int, int]]:
    """Yield the pairs of equal values; of one old value the last new one first, as the method needs them."""
    places = defaultdict[Hashable, list[int]](list)
    for to in range(len(new) - 1, -1, -1):
        places[new[to]].append(to)
    count = 0
    for at, value in enumerate(old):
        budget.check()
        for to in places.get(value, ()) if value is not None else ():
            count += 1
            if count > _MOST_MATCHES:
                return
            yield at, to


def _run(runs: Sequence[tuple[int, int, int]], at: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    while at >= 0:
        old, new, before = runs[at]
        pairs.append((old, new))
        at = before
    return pairs[::-1]


def _moved(old: Sequence[Hashable], new: Sequence[Hashable], kept: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the index of each moved value -> the index of the old one; those in `kept` have not moved."""
    still, placed = {at for at, _ in kept}, {to for _, to in kept}
    waiting = defaultdict[Hashable, deque[int]](deque)
    for at, value in enumerate(old):
        if value is not None and at not in still:
            waiting[value].append(at)
    origin: dict[int, int] = {}
    for to, value in enumerate(new):
        if to not in placed and waiting.get(value):
            origin[to] = waiting[value].popleft()
    return origin


def _between(indexes: list[int], old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Return for each new value the first free old one that is like it, None if there is none; the order is kept.

    A value that is not an object may come from any old one, edited, if as many old values are left as new ones.
    """
    places = defaultdict[Hashable, list[int]](list)
    for index in indexes:
        for sign in _signs(old[index]):
            places[sign].append(index)
    origins: list[int | None] = []
    used = 0  # how many of `indexes` are used up
    for number, value in enumerate(new):
        after = indexes[used - 1] if used else -1
        alike = min((k for sign in _signs(value) for k in _first_after(places.get(sign, ()), after)), default=None)
        if (
            alike is None
            and len(indexes) - used == len(new) - number
            and value.__class__ is not dict
            and indexes[used:]
        ):
            alike = indexes[used]
        origins.append(alike)
        if alike is not None:
            used = bisect_right(indexes, alike)
    return origins


def _first_after(places: Sequence[int], after: int) -> Sequence[int]:
    at = bisect_right(places, after)
    return places[at : at + 1]


def _signs(value: Any) -> list[Hashable]:
    """Return keys of which two objects share one if one may be the other, edited: an equal part, or a single part of
    the same name."""
    if value.__class__ is not dict:
        return []
    parts: list[Hashable] = [(name, frozen(part)) for name, part in value.items()]
    return [*parts, *value] if len(value) == 1 else parts
