"""Find out which old value of a list each new value comes from, at less than quadratic cost.

Equal values keep their order or have moved; what is left between them may be an old value that was edited.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from gateway import budget

_MOST_MATCHES = 200_000
"""How many pairs of equal values are considered for the longest run. In lists with more pairs, any long run will do."""


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Return for each new value the index of the old value that it comes from, None for a value that is new.

    A new value comes from an equal old value, wherever that stood, else from a similar old value in the same place
    among its neighbors. A None in `old` stands for a value that cannot be read, and is the origin of no new value.
    """
    before = [None if value is None else frozen(value) for value in old]
    after = [frozen(value) for value in new]
    kept = _common(before, after)
    origin: dict[int, int | None] = {to: at for at, to in kept}
    origin |= _moved(before, after, kept)
    used = {*origin.values()}
    i = j = 0
    for at, to in [*kept, (len(old), len(new))]:
        new_left = [n for n in range(j, to) if n not in origin]
        old_left = [k for k in range(i, at) if old[k] is not None and k not in used]
        origin |= dict(zip(new_left, _between(old_left, old, [new[n] for n in new_left]), strict=True))
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
    ends: list[int] = []  # for each length of a run: the least index in `new` at which such a run ends
    runs: list[tuple[int, int, int]] = []  # (index in old, index in new, the run before or -1)
    last: list[int] = []  # the run behind each of `ends`
    for at, to in _matches(old, new):
        length = bisect_left(ends, to)
        runs.append((at, to, last[length - 1] if length else -1))
        if length == len(ends):
            ends.append(to)
            last.append(len(runs) - 1)
        elif to < ends[length]:  # `<`, not `<=`: among equal old values the first one is kept
            ends[length], last[length] = to, len(runs) - 1
    return _run(runs, last[-1] if last else -1)


def _matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterable[tuple[int, int]]:
    """Yield the pairs of equal values in order of the old one, and for each old value the last new one first.

    The reversed order keeps one old value from being used twice in a run.
    """
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
    """Return new index -> old index of each value that has moved; those in `kept` have not."""
    unmoved_old, unmoved_new = {at for at, _ in kept}, {to for _, to in kept}
    waiting = defaultdict[Hashable, deque[int]](deque)
    for at, value in enumerate(old):
        if value is not None and at not in unmoved_old:
            waiting[value].append(at)
    origin: dict[int, int] = {}
    for to, value in enumerate(new):
        if to not in unmoved_new and waiting.get(value):
            origin[to] = waiting[value].popleft()
    return origin


def _between(indexes: list[int], old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Return for each new value the first unused old value similar to it, None if there is none; the order is kept.

    A value that is not an object may come from any old value if as many old values are left as new ones.
    """
    places = defaultdict[Hashable, list[int]](list)
    for index in indexes:
        for sign in _signs(old[index]):
            places[sign].append(index)
    origins: list[int | None] = []
    used = 0  # how many of `indexes` are used up
    for number, value in enumerate(new):
        last_used = indexes[used - 1] if used else -1
        similar = min(
            (k for sign in _signs(value) for k in _first_after(places.get(sign, ()), last_used)), default=None
        )
        if (
            similar is None
            and len(indexes) - used == len(new) - number
            and value.__class__ is not dict
            and indexes[used:]
        ):
            similar = indexes[used]
        origins.append(similar)
        if similar is not None:
            used = bisect_right(indexes, similar)
    return origins


def _first_after(places: Sequence[int], after: int) -> Sequence[int]:
    at = bisect_right(places, after)
    return places[at : at + 1]


def _signs(value: Any) -> list[Hashable]:
    """Return the keys that make objects similar: two objects that share a key may be the same object before and after
    an edit. The keys are the object's parts, and its name if it has only one part."""
    if value.__class__ is not dict:
        return []
    parts: list[Hashable] = [(name, frozen(part)) for name, part in value.items()]
    return [*parts, *value] if len(value) == 1 else parts
