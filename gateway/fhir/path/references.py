"""Find the resource of a Reference, canonical or uri, for resolve().

`#id` is looked up in the contained resources, any other reference by the caller's `resolve`, then among the entries of
a Bundle. If the resource is not available, its type is often known from the reference itself. Then the result has that
type and no content (`UNREAD`), which is all that search parameters need: `subject.where(resolve() is Patient)`.
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
    """Return the resource that a node refers to, a node without content if only its type is known, else None."""
    if node[0] != "Reference" and KINDS.get(node[0]) != "String":
        return None
    reference = _reference(node)
    resource = _find(scope, node, reference) if reference else None
    if resource is not None and isinstance(resource.get("resourceType"), str):
        return (resource["resourceType"], resource, None)
    type_ = target_type(node, reference)
    return (type_, UNREAD, None) if type_ else None


def _find(scope: Scope, node: Node, reference: str) -> dict[str, Any] | None:
    if reference.startswith("#"):
        return _contained(scope, node, reference[1:])
    resource = scope.resolve(reference) if scope.resolve else None
    return resource or scope.table(_entries).get(reference.split("/_history/")[0])


def target_type(node: Node, reference: str | None) -> str | None:
    """Return the type that `Reference.type` or the `Type/id` at the end of the reference names, None without either."""
    type_ = node[1].get("type") if isinstance(node[1], dict) else None
    if isinstance(type_, str) and type_ in r4.resource_types():
        return type_
    parts = (reference or "").split("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 and parts[-2] in r4.resource_types() else None


def key(node: Node) -> str | None:
    """Return `Type/id` of a literal reference, None for any other."""
    reference = _reference(node)
    type_ = target_type((node[0], {}, None), reference)
    return f"{type_}/{(reference or '').split('/_history/')[0].rsplit('/', 1)[1]}" if type_ else None


def _contained(scope: Scope, node: Node, id_: str) -> dict[str, Any] | None:
    """Find a contained resource. `#` alone is its container. In a Bundle each entry has its own contained resources."""
    holder = scope.table(_holders).get(id(node[1]), scope.container)
    if not id_ or not isinstance(holder, dict):
        return holder if isinstance(holder, dict) else None
    return next((item for item in _dicts(holder.get("contained")) if item.get("id") == id_), None)


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _resources(root: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield (fullUrl, resource) of each entry of a Bundle, nothing for any other resource."""
    if isinstance(root, dict) and root.get("resourceType") == "Bundle":
        for entry in _dicts(root.get("entry")):
            if isinstance(entry.get("resource"), dict):
                yield entry.get("fullUrl"), entry["resource"]


def _entries(root: Any) -> dict[str, dict[str, Any]]:
    """Return the resources of a Bundle by fullUrl and by `Type/id`. If two have the same, the first counts."""
    by_reference: dict[str, dict[str, Any]] = {}
    for url, resource in _resources(root):
        if isinstance(url, str):
            by_reference.setdefault(url, resource)
        by_reference.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", resource)
    return by_reference


def _holders(root: Any) -> dict[int, dict[str, Any]]:
    """Return `id()` of each JSON value in a Bundle -> the resource of the entry in which it stands."""
    by_identity: dict[int, dict[str, Any]] = {}
    for _, resource in _resources(root):
        waiting: list[Any] = [resource]
        while waiting:
            json = waiting.pop()
            by_identity.setdefault(id(json), resource)
            waiting += json.values() if isinstance(json, dict) else json if isinstance(json, list) else ()
    return by_identity
