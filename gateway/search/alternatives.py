"""Alternatives as MongoDB answers them best. It plans each branch of an `$or` against all others, which takes the
square of their number; many values in one predicate cost each the same."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.search.tokens import NOTHING, Filter, Prefix, prefix_of

FEW = 8
"""So many ranges stay branches of an `$or`: each is read from the index by itself, in order."""


def either(filters: Sequence[Filter]) -> Filter:
    """Any of `filters`. Exact values of one field become one `$in`, which an index answers in order, and many prefixes
    of tokens or many ranges of one parameter become one predicate each."""
    exact: dict[str, list[Any]] = {}
    others: list[Filter] = []
    for one in _flat(filters):
        values = _exact_values(one)
        if values is None:
            others.append(one)
        else:
            exact.setdefault(next(iter(one)), []).extend(values)
    prefixes, others = _prefixes(others)
    if prefixes:
        exact.setdefault("k", []).extend(prefixes)
    merged = [{field: values[0] if len(values) == 1 else {"$in": values}} for field, values in exact.items()]
    merged += _ranges(others)
    return merged[0] if len(merged) == 1 else {"$or": merged} if merged else NOTHING


def _flat(filters: Iterable[Filter]) -> Iterator[Filter]:
    for one in filters:
        if one.keys() == {"$or"}:
            yield from _flat(one["$or"])
        else:
            yield one


def _exact_values(one: Filter) -> list[Any] | None:
    if len(one) != 1:
        return None
    (matcher,) = one.values()
    if isinstance(matcher, str):
        return [matcher]
    return matcher["$in"] if isinstance(matcher, dict) and list(matcher) == ["$in"] else None


def _prefixes(filters: Sequence[Filter]) -> tuple[list[Prefix], list[Filter]]:
    """Take the prefixes of tokens out of `filters` if they are many; those that begin with another say nothing more."""
    texts = sorted({text for one in filters if (text := prefix_of(one)) is not None})
    if len(texts) <= FEW:
        return [], list(filters)
    shortest: list[str] = []
    for text in texts:
        if not shortest or not text.startswith(shortest[-1]):
            shortest.append(text)
    return [Prefix(text) for text in shortest], [one for one in filters if prefix_of(one) is None]


def _ranges(filters: Sequence[Filter]) -> list[Filter]:
    """The filters with many ranges of one parameter joined: some entry of the array is in any of them."""
    groups: dict[tuple[str, str], list[Filter]] = {}
    for one in filters:
        if key := _range_of(one):
            groups.setdefault(key, []).append(one)
    many = {key: group for key, group in groups.items() if len(group) > FEW}
    kept = [one for one in filters if _range_of(one) not in many]
    return kept + [_joined(*key, group) for key, group in many.items()]


def _range_of(one: Filter) -> tuple[str, str] | None:
    """The field and the parameter of a range, such as `{"d": {"$elemMatch": {"p": "date", …}}, "at": …}`."""
    for field in ("d", "q"):
        if field in one and one.keys() <= {field, "at"}:
            name = one[field].get("$elemMatch", {}).get("p")
            return (field, name) if isinstance(name, str) else None
    return None


def _joined(field: str, name: str, group: Sequence[Filter]) -> Filter:
    inner: list[Filter] = []
    for one in group:
        inner.append({key: value for key, value in one[field]["$elemMatch"].items() if key != "p"})
    bounds = _hull([one.get("at", {}) for one in group])
    return {field: {"$elemMatch": {"p": name, "$or": inner}}, **({"at": bounds} if bounds else {})}


def _hull(bounds: Sequence[Filter]) -> Filter:
    """The bounds that hold for all of them: each alternative implies its own."""
    hull: Filter = {}
    if all("$gte" in one for one in bounds):
        hull["$gte"] = min(one["$gte"] for one in bounds)
    if all("$lte" in one for one in bounds):
        hull["$lte"] = max(one["$lte"] for one in bounds)
    return hull
