"""Resources within others: https://hl7.org/fhir/R4/search.html#contained

The stored document of the container keeps, in the array `n`, one entry for each resource that it contains: type `t`, id
`i`, the parameters `r` of the container that refer to it, and the same index fields that a document has. So a filter
for documents matches such an entry as it is.

The first resource of a document or message, which `Bundle.composition` and `Bundle.message` lead to, is kept alike; it
is marked `first`, for it is not contained.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gateway.search.notation.tokens import Filter

if TYPE_CHECKING:
    from gateway.search.query import Query

INDEX = ["n.t", "n.k"]
"""Sparse: only those that contain something are in it."""


def searched(query: "Query", conditions: Sequence[Filter]) -> Filter:
    """The filter of a search with `_contained=true` or `both`; `conditions` are those of its criteria."""
    kinds = [query.type] if query.type else list(query.types)
    within = inside(kinds, conditions)
    if query.contained == "true":
        return {**within, "x": False}
    types: Filter = {"t": {"$in": kinds}} if kinds else {}
    itself: Filter = {**types, "$and": list(conditions)} if conditions else types
    return {"$or": [itself, within], "x": False}


def entries(match: Filter) -> Filter:
    """What an entry itself must be like, taken from the filter that `searched` made."""
    within = match if "n" in match else match["$or"][-1]
    found: Filter = within["n"]["$elemMatch"]
    return found


def inside(types: Sequence[str], conditions: Sequence[Filter], referred: Sequence[str] = ()) -> Filter:
    """Containers of a resource of `types` that meets the conditions, and that `referred` parameters refer to."""
    outer = [one for one in conditions if any("u" in part for part in (one, *one.get("$or", ())))]
    entry: dict[str, Any] = {"t": {"$in": list(types)}} if types else {"t": {"$gt": ""}}
    entry |= {"r": {"$in": list(referred)}} if referred else {"first": {"$exists": False}}
    inner = [_within(one) for one in conditions if one not in outer]
    entry |= {"$and": inner} if inner else {}
    both: Filter = {"n": {"$elemMatch": entry}}
    return {**both, "$and": outer} if outer else both


def _within(value: Any) -> Any:
    """The filter with ids as they stand inside: `{_id: "Patient/p1"}` is a `Patient` called `p1`."""
    if isinstance(value, list):
        return [_within(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {("i" if key == "_id" else key): _local(one) if key == "_id" else _within(one) for key, one in value.items()}


def _local(ids: Any) -> Any:
    if isinstance(ids, str):
        return ids.partition("/")[2]
    return {operator: [one.partition("/")[2] for one in listed] for operator, listed in ids.items()}
