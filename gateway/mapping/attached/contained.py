"""Contained resources that an edit leaves without a reference: they have no existence of their own.

https://hl7.org/fhir/R4/references.html#contained
"""

from collections.abc import Iterator
from typing import Any

from gateway.fhir.fhir_json import Resource


def without_orphans(before: Resource, after: Resource) -> tuple[Resource, list[str]]:
    """Return `after` without the contained resources to which only `before` referred, and where they stood.

    A contained resource to which nothing referred before stays: the edit did not orphan it.
    """
    inside = after.get("contained")
    if not isinstance(inside, list):
        return after, []
    lost = _reached(before) - _reached(after)
    kept = [resource for resource in inside if _mark(resource) not in lost]
    if len(kept) == len(inside):
        return after, []
    gone = [f"contained[{index}]" for index, resource in enumerate(inside) if _mark(resource) in lost]
    rest = {key: value for key, value in after.items() if key != "contained"}
    return {key: kept if key == "contained" else value for key, value in after.items()} if kept else rest, gone


def _reached(resource: Resource) -> set[str]:
    """Return the marks (`#id`) to which the resource refers, by itself or through another contained resource."""
    contained = resource.get("contained")
    inside = {_mark(inner): inner for inner in contained} if isinstance(contained, list) else {}
    waiting = list(_marks({key: value for key, value in resource.items() if key != "contained"}))
    reached: set[str] = set()
    while waiting:
        mark = waiting.pop()
        if mark not in reached:
            reached.add(mark)
            waiting += _marks(inside.get(mark))
    return reached


def _mark(contained: Any) -> str:
    return f"#{contained.get('id')}" if isinstance(contained, dict) else ""


def _marks(value: Any) -> Iterator[str]:
    """Yield the texts that begin with #: references and canonicals, but not the links in a narrative."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _marks(part)
    elif isinstance(value, list):
        for item in value:
            yield from _marks(item)
