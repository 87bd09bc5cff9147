"""FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html): add, insert, delete, replace and move, in Parameters."""

from collections.abc import Callable
from typing import Any

from gateway.errors import BadRequest, Invalid
from gateway.fhir.json import Resource
from gateway.fhir.patch.content import Content, content, put
from gateway.fhir.patch.identity import kept
from gateway.fhir.patch.operation import Operation, operations
from gateway.fhir.patch.working import Place, closed, identity, members, opened, places
from gateway.fhir.path.check import check
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Member, Tree
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Node, Nodes


def apply(resource: Resource, patch: Any) -> Resource:
    """Raises BadRequest for what is no patch or no FHIRPath, Invalid for what cannot be done to this resource."""
    asked = operations(patch)
    working = opened(resource)
    for operation in asked:
        try:
            _TYPES[operation.type](working, operation)
        except PathError as error:
            raise BadRequest(f"{operation}: {error.text}", expression=f"{operation.at}.part") from None
    return kept(resource, closed(working))


def _add(root: Resource, operation: Operation) -> None:
    node = _single(root, operation)
    json, type_ = _holder(node)
    put(json, type_, content(operation.value, type_, operation.name, operation.at), operation.at)


def _insert(root: Resource, operation: Operation) -> None:
    holder, type_, key, length = _list(root, operation)
    new = content(operation.value, type_, key, operation.at)
    if operation.index > length:
        raise operation.invalid(f"the list has {length} items")
    holder.setdefault(new.key, []).insert(operation.index, new.value)
    if new.extra is not None:
        holder.setdefault("_" + new.key, []).insert(operation.index, new.extra)


def _delete(root: Resource, operation: Operation) -> None:
    """What is not there need not be deleted."""
    nodes = _nodes(root, _tree(root, operation))
    if len(nodes) > 1:
        raise operation.invalid(f"{len(nodes)} elements found, only one can be deleted")
    if nodes:
        _remove(_place(root, nodes[0], operation))


def _remove(place: Place) -> None:
    for key in (place.key, "_" + place.key):
        if place.index is None:
            place.holder.pop(key, None)
        elif key in place.holder:
            del place.holder[key][place.index]


def _replace(root: Resource, operation: Operation) -> None:
    """The whole element, its extensions included. A choice may change its type, and with it its name in JSON."""
    place = _place(root, _single(root, operation), operation)
    name = place.key
    new = content(operation.value, place.type, _element(place), operation.at)
    if place.index is not None:
        place.holder[name][place.index] = new.value
        if new.extra is not None:
            place.holder["_" + name][place.index] = new.extra
        return
    _exchange(place.holder, name, new)


def _exchange(holder: dict[str, Any], name: str, new: Content) -> None:
    """In the same position."""
    before = list(holder.items())
    holder.clear()
    for key, value in before:
        if key.removeprefix("_") != name:
            holder[key] = value
        elif new.key not in holder:
            holder[new.key] = new.value
            if new.extra is not None:
                holder["_" + new.key] = new.extra
    if holder[new.key] is None:
        del holder[new.key]


def _move(root: Resource, operation: Operation) -> None:
    holder, _, key, length = _list(root, operation)
    if max(operation.source, operation.destination) >= length:
        raise operation.invalid(f"the list has {length} items")
    for name in (key, "_" + key):
        if name in holder:
            holder[name].insert(operation.destination, holder[name].pop(operation.source))


_TYPES: dict[str, Callable[[Resource, Operation], None]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


# --- finding ----------------------------------------------------------------------------------------------------


def _tree(root: Resource, operation: Operation) -> Tree:
    tree = parse(operation.path)
    check(tree, str(root.get("resourceType")))
    return tree


def _nodes(root: Resource, tree: Tree) -> Nodes:
    return compiled(tree)(Scope((str(root.get("resourceType")), root, None)))


def _single(root: Resource, operation: Operation) -> Node:
    nodes = _nodes(root, _tree(root, operation))
    if len(nodes) != 1:
        raise operation.invalid(f"{len(nodes)} elements found, exactly one is needed")
    return nodes[0]


def _holder(node: Node) -> tuple[dict[str, Any], str]:
    """The JSON in which the children of an element stand: of a primitive that is its `_name`."""
    json = node[2] if isinstance(node[2], dict) else node[1]
    if not isinstance(json, dict):
        raise Invalid("the path leads to a value, not to an element of the resource")
    return json, node[0]


def _place(root: Resource, node: Node, operation: Operation) -> Place:
    found = places(root).get(identity(node))
    if found is None:
        raise operation.invalid("the path leads to no element that a patch can change")
    return found


def _element(place: Place) -> str:
    known = members(place.type).get(place.key)
    return known[0] if known else place.key


def _list(root: Resource, operation: Operation) -> tuple[dict[str, Any], str, str, int]:
    """Holder, its type, JSON name and length of the list that the path names; a list may still be empty."""
    tree = _tree(root, operation)
    nodes = _nodes(root, tree)
    if not nodes:
        if not isinstance(tree, Member) or tree.source is None:
            raise operation.invalid("the path names no list")
        above = _nodes(root, tree.source)
        if len(above) != 1:
            raise operation.invalid(f"{len(above)} elements found above the list, exactly one is needed")
        return (*_holder(above[0]), tree.name, 0)
    found = [_place(root, node, operation) for node in nodes]
    holder, key = found[0].holder, found[0].key
    whole = found[0].index is not None and len(holder[key]) == len(nodes)
    if not whole or any(place.holder is not holder or place.key != key for place in found):
        raise operation.invalid("the path must name one whole list")
    return holder, found[0].type, key, len(nodes)
