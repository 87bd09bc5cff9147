"""resolve(): from a Reference, canonical or uri to the resource, as far as it is at hand.

Order: contained (`#id`), the caller's `resolve`, the entries of a Bundle. Of a target that is not at hand the type is
often known from the reference itself; then the node has that type and no content (`UNREAD`), which is what the search
parameters need: `Observation.subject.where(resolve() is Patient)`.
"""

from collections.abc import Iterator
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import KINDS, UNREAD, Node


def _reference(node: Node) -> str | None:
    value = node[1].get("reference") if isinstance(node[1], dict) else node[1]
    return value if isinstance(value, str) else None


def resolved(scope: Scope, node: Node) -> Node | None:
    if node[0] != "Reference" and KINDS.get(node[0]) != "String":
        return None
    reference = _reference(node)
    found = _find(scope, node, reference) if reference else None
    if found is not None and isinstance(found.get("resourceType"), str):
        return (found["resourceType"], found, None)
    type_ = target_type(node, reference)
    return (type_, UNREAD, None) if type_ else None


def _find(scope: Scope, node: Node, reference: str) -> dict[str, Any] | None:
    if reference.startswith("#"):
        return _contained(scope, node, reference[1:])
    found = scope.resolve(reference) if scope.resolve else None
    return found or scope.looked_up(_entries).get(reference.split("/_history/")[0])


def target_type(node: Node, reference: str | None) -> str | None:
    """The type named by `Reference.type` or by the `Type/id` at the end of the reference."""
    named = node[1].get("type") if isinstance(node[1], dict) else None
    if isinstance(named, str) and named in r4.resource_types():
        return named
    parts = (reference or "").split("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 and parts[-2] in r4.resource_types() else None


def key(node: Node) -> str | None:
    """`Type/id` of a literal reference to one resource."""
    reference = _reference(node)
    type_ = target_type((node[0], {}, None), reference)
    return f"{type_}/{(reference or '').split('/_history/')[0].rsplit('/', 1)[1]}" if type_ else None


def _contained(scope: Scope, node: Node, id_: str) -> dict[str, Any] | None:
    """`#` alone is the container itself. In a Bundle an id is local to the entry in which the reference stands."""
    holder = scope.looked_up(_holders).get(id(node[1]), scope.container)
    if not id_ or not isinstance(holder, dict):
        return holder if isinstance(holder, dict) else None
    return next((item for item in _dicts(holder.get("contained")) if item.get("id") == id_), None)


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _resources(root: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(fullUrl, resource) of each entry, none where `root` is no Bundle."""
    if isinstance(root, dict) and root.get("resourceType") == "Bundle":
        for entry in _dicts(root.get("entry")):
            if isinstance(entry.get("resource"), dict):
                yield entry.get("fullUrl"), entry["resource"]


def _entries(root: Any) -> dict[str, dict[str, Any]]:
    """What a reference may say -> the first entry it may mean."""
    found: dict[str, dict[str, Any]] = {}
    for url, resource in _resources(root):
        if isinstance(url, str):
            found.setdefault(url, resource)
        found.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", resource)
    return found


def _holders(root: Any) -> dict[int, dict[str, Any]]:
    """The identity of each JSON value in a Bundle -> the resource of the entry it stands in."""
    found: dict[int, dict[str, Any]] = {}
    for _, resource in _resources(root):
        waiting: list[Any] = [resource]
        while waiting:
            json = waiting.pop()
            found.setdefault(id(json), resource)
            waiting += json.values() if isinstance(json, dict) else json if isinstance(json, list) else ()
    return found
