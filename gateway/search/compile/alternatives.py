"""Write alternatives in the form that MongoDB answers best.

MongoDB plans each branch of an `$or` against all others, which takes time with the square of their number. Values in
one predicate cost the same each, however many there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.search.notation.tokens import NOTHING, Filter, Prefix, prefix_of

FEW_RANGES = 8
"""Up to this number, ranges stay branches of an `$or`: each is read from the index by itself, in order."""


def any_of(filters: Sequence[Filter]) -> Filter:
    """Return a filter that matches what any of `filters` matches.

    Exact values of one field become one `$in`, which an index answers in order. Many prefixes of tokens become one
    predicate, and so do many ranges of one parameter.
    """
    exact: dict[str, list[Any]] = {}
    others: list[Filter] = []
    for filter_ in _flat(filters):
        values = _exact_values(filter_)
        if values is None:
            others.append(filter_)
        else:
            exact.setdefault(next(iter(filter_)), []).extend(values)
    prefixes, others = _prefixes(others)
    if prefixes:
        exact.setdefault("k", []).extend(prefixes)
    merged = [{field: values[0] if len(values) == 1 else {"$in": values}} for field, values in exact.items()]
    merged += _ranges(others)
    return merged[0] if len(merged) == 1 else {"$or": merged} if merged else NOTHING


def _flat(filters: Iterable[Filter]) -> Iterator[Filter]:
    for filter_ in filters:
        if filter_.keys() == {"$or"}:
            yield from _flat(filter_["$or"])
        else:
            yield filter_


def _exact_values(filter_: Filter) -> list[Any] | None:
    if len(filter_) != 1:
        return None
    (matcher,) = filter_.values()
    if isinstance(matcher, str):
        return [matcher]
    return matcher["$in"] if isinstance(matcher, dict) and list(matcher) == ["$in"] else None


def _prefixes(filters: Sequence[Filter]) -> tuple[list[Prefix], list[Filter]]:
    """Take the prefixes of tokens out of `filters` if there are many; drop each that begins with another prefix."""
    texts = sorted({text for filter_ in filters if (text := prefix_of(filter_)) is not None})
    if len(texts) <= FEW_RANGES:
        return [], list(filters)
    shortest: list[str] = []
    for text in texts:
        if not shortest or not text.startswith(shortest[-1]):
            shortest.append(text)
    return [Prefix(text) for text in shortest], [filter_ for filter_ in filters if prefix_of(filter_) is None]


def _ranges(filters: Sequence[Filter]) -> list[Filter]:
    """Return the filters with many ranges of one parameter joined: an entry of the array must be in any of them."""
    groups: dict[tuple[str, str], list[Filter]] = {}
    for filter_ in filters:
        if key := _range_of(filter_):
            groups.setdefault(key, []).append(filter_)
    many = {key: group for key, group in groups.items() if len(group) > FEW_RANGES}
    kept = [filter_ for filter_ in filters if _range_of(filter_) not in many]
    return kept + [_joined(*key, group) for key, group in many.items()]


def _range_of(filter_: Filter) -> tuple[str, str] | None:
    """Return field and parameter of a range, such as `{"d": {"$elemMatch": {"p": "date", …}}, "at": …}`, else None."""
    for field in ("d", "q"):
        if field in filter_ and filter_.keys() <= {field, "at"}:
            name = filter_[field].get("$elemMatch", {}).get("p")
            return (field, name) if isinstance(name, str) else None
    return None


def _joined(field: str, name: str, group: Sequence[Filter]) -> Filter:
    inner: list[Filter] = []
    for filter_ in group:
        inner.append({key: value for key, value in filter_[field]["$elemMatch"].items() if key != "p"})
    bounds = _hull([filter_.get("at", {}) for filter_ in group])
    return {field: {"$elemMatch": {"p": name, "$or": inner}}, **({"at": bounds} if bounds else {})}


def _hull(bounds: Sequence[Filter]) -> Filter:
    """Return the bounds that hold for every alternative, each of which implies its own bounds."""
    hull: Filter = {}
    if all("$gte" in bound for bound in bounds):
        hull["$gte"] = min(bound["$gte"] for bound in bounds)
    if all("$lte" in bound for bound in bounds):
        hull["$lte"] = max(bound["$lte"] for bound in bounds)
    return hull
