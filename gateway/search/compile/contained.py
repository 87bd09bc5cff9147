"""Compile searches for contained resources: https://hl7.org/fhir/R4/search.html#contained

The stored document of a container has, in the array `n`, one entry for each resource that it contains:

t      the type of the contained resource
i      its id
r      the parameters of the container that refer to it
first  only in the entry of the first resource of a document or message, to which `Bundle.composition` and
       `Bundle.message` lead: that resource is not contained, but found in the same way

and the same index fields that a document has. So a filter for documents matches an entry as it is.
"""

from collections.abc import Sequence
from typing import Any

from gateway.search.notation.tokens import Filter
from gateway.search.query import Query


def searched(query: Query, conditions: Sequence[Filter]) -> Filter:
    """Return the filter of a search with `_contained=true` or `both`. `conditions`: the filters of its clauses."""
    kinds = [query.type] if query.type else list(query.types)
    within = inside(kinds, conditions)
    if query.contained == "true":
        return {**within, "x": False}
    types: Filter = {"t": {"$in": kinds}} if kinds else {}
    itself: Filter = {**types, "$and": list(conditions)} if conditions else types
    return {"$or": [itself, within], "x": False}


def entries(match: Filter) -> Filter:
    """Return the filter that an entry itself matches, taken from the filter that `searched` made."""
    within = match if "n" in match else match["$or"][-1]
    entry: Filter = within["n"]["$elemMatch"]
    return entry


def inside(types: Sequence[str], conditions: Sequence[Filter], referred: Sequence[str] = ()) -> Filter:
    """Return the filter of the containers of a resource of `types` that meets the conditions.

    referred: parameters of the container, one of which must refer to it; () for any contained resource.
    """
    # Only the container has a time of its last update, `u`.
    outer = [
        condition for condition in conditions if any("u" in part for part in (condition, *condition.get("$or", ())))
    ]
    entry: dict[str, Any] = {"t": {"$in": list(types)}} if types else {"t": {"$gt": ""}}
    entry |= {"r": {"$in": list(referred)}} if referred else {"first": {"$exists": False}}
    inner = [_within(condition) for condition in conditions if condition not in outer]
    entry |= {"$and": inner} if inner else {}
    both: Filter = {"n": {"$elemMatch": entry}}
    return {**both, "$and": outer} if outer else both


def _within(value: Any) -> Any:
    """Return a filter for entries: its `_id`, such as `Patient/p1`, becomes the `i` of an entry, `p1`."""
    if isinstance(value, list):
        return [_within(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        "i" if key == "_id" else key: _local(part) if key == "_id" else _within(part) for key, part in value.items()
    }


def _local(ids: Any) -> Any:
    if isinstance(ids, str):
        return ids.partition("/")[2]
    return {operator: [key.partition("/")[2] for key in keys] for operator, keys in ids.items()}
