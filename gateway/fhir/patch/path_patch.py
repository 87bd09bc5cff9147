"""FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html): add, insert, delete, replace and move, in Parameters."""

from collections.abc import Callable
from typing import Any

from gateway import budget
from gateway.errors import BadRequest, Invalid
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch.content import ElementContent, content, put
from gateway.fhir.patch.identity import check_identity
from gateway.fhir.patch.operation import PatchOperation, operations
from gateway.fhir.patch.working_copy import ElementPlace, ElementPlaces, closed, members, opened
from gateway.fhir.path.check import check
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Member, Tree
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Node, Nodes


class WorkingCopy:
    """The copy of the resource that all operations of one patch change.

    root: the copy, as `opened` makes it.
    places: where each of its elements stands.
    """

    def __init__(self, resource: Resource) -> None:
        self.root = opened(resource)
        self.type = str(resource.get("resourceType"))
        self.places = ElementPlaces(self.root)
        self._trees: dict[str, tuple[Tree, Run]] = {}

    def tree(self, operation: PatchOperation) -> Tree:
        """Return the path of an operation as a tree."""
        return self._read(operation.path)[0]

    def nodes(self, operation: PatchOperation) -> Nodes:
        """Return the elements that the path of an operation leads to."""
        return self._read(operation.path)[1](Scope((self.type, self.root, None)))

    def nodes_of(self, tree: Tree) -> Nodes:
        """Return the nodes at a path."""
        return compiled(tree)(Scope((self.type, self.root, None)))

    def _read(self, path: str) -> tuple[Tree, Run]:
        if path not in self._trees:
            tree = parse(path)
            check(tree, self.type)
            self._trees[path] = tree, compiled(tree)
        return self._trees[path]


def apply(resource: Resource, patch: Any) -> Resource:
    """Return a patched copy.

    Raises BadRequest if the patch or a path is malformed, Invalid if an operation cannot be applied to this resource.
    """
    steps = operations(patch)
    budget.spend(values=len(steps))
    working = WorkingCopy(resource)
    for operation in steps:
        budget.check()
        try:
            _TYPES[operation.type](working, operation)
        except PathError as error:
            raise BadRequest(f"{operation}: {error.text}", expression=f"{operation.at}.part") from None
    return check_identity(resource, closed(working.root))


def _add(working: WorkingCopy, operation: PatchOperation) -> None:
    node = _single(working, operation)
    json, type_ = _holder(node)
    new = content(operation.value, type_, operation.name, operation.at)
    put(json, type_, new, operation.at)
    working.places.changed(json, type_, new.key)


def _insert(working: WorkingCopy, operation: PatchOperation) -> None:
    holder, type_, key, length = _list(working, operation)
    new = content(operation.value, type_, key, operation.at)
    if operation.index > length:
        raise operation.invalid(f"the list has {length} items")
    holder.setdefault(new.key, []).insert(operation.index, new.value)
    if new.extra is not None:
        holder.setdefault("_" + new.key, []).insert(operation.index, new.extra)
    working.places.changed(holder, type_, new.key)


def _delete(working: WorkingCopy, operation: PatchOperation) -> None:
    """Delete one element. A path that leads nowhere is no error."""
    nodes = working.nodes(operation)
    if len(nodes) > 1:
        raise operation.invalid(f"{len(nodes)} elements found, only one can be deleted")
    if nodes:
        _remove(_place(working, nodes[0], operation))


def _remove(place: ElementPlace) -> None:
    index = place.index
    for key in (place.key, "_" + place.key):
        if index is None:
            place.holder.pop(key, None)
        elif key in place.holder:
            del place.holder[key][index]


def _replace(working: WorkingCopy, operation: PatchOperation) -> None:
    """Replace a whole element with its extensions. A choice may change its type, and so its name in JSON."""
    place = _place(working, _single(working, operation), operation)
    name, index = place.key, place.index
    new = content(operation.value, place.type, _element(place), operation.at)
    if index is not None:
        place.holder[name][index] = new.value
        if new.extra is not None:
            place.holder["_" + name][index] = new.extra
    else:
        _exchange(place.holder, name, new)
    working.places.changed(place.holder, place.type, new.key)


def _exchange(holder: dict[str, Any], name: str, new: ElementContent) -> None:
    """Replace the member `name` of an object by a new one in the same position."""
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


def _move(working: WorkingCopy, operation: PatchOperation) -> None:
    holder, _, key, length = _list(working, operation)
    if max(operation.source, operation.destination) >= length:
        raise operation.invalid(f"the list has {length} items")
    for name in (key, "_" + key):
        if name in holder:
            holder[name].insert(operation.destination, holder[name].pop(operation.source))


_TYPES: dict[str, Callable[[WorkingCopy, PatchOperation], None]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


# --- Finding the elements of an operation ------------------------------------------------------------------------


def _single(working: WorkingCopy, operation: PatchOperation) -> Node:
    nodes = working.nodes(operation)
    if len(nodes) != 1:
        raise operation.invalid(f"{len(nodes)} elements found, exactly one is needed")
    return nodes[0]


def _holder(node: Node) -> tuple[dict[str, Any], str]:
    """Return the JSON object in which the children of an element stand, of a primitive its `_name`, and its type."""
    json = node[2] if isinstance(node[2], dict) else node[1]
    if not isinstance(json, dict):
        raise Invalid("the path leads to a value, not to an element of the resource")
    return json, node[0]


def _place(working: WorkingCopy, node: Node, operation: PatchOperation) -> ElementPlace:
    place = working.places.of(node)
    if place is None:
        raise operation.invalid("the path leads to no element that a patch can change")
    return place


def _element(place: ElementPlace) -> str:
    member = members(place.type).get(place.key)
    return member[0] if member else place.key


def _list(working: WorkingCopy, operation: PatchOperation) -> tuple[dict[str, Any], str, str, int]:
    """Return the list that the path names: its holder, the holder's type, its JSON name and its length.

    A list that does not exist yet has length 0.
    """
    tree, nodes = working.tree(operation), working.nodes(operation)
    if not nodes:
        if not isinstance(tree, Member) or tree.source is None:
            raise operation.invalid("the path names no list")
        above = working.nodes_of(tree.source)
        if len(above) != 1:
            raise operation.invalid(f"{len(above)} elements found above the list, exactly one is needed")
        return (*_holder(above[0]), tree.name, 0)
    places = [_place(working, node, operation) for node in nodes]
    holder, key = places[0].holder, places[0].key
    items = holder.get(key)
    whole = isinstance(items, list) and len(items) == len(nodes)
    if not whole or any(place.holder is not holder or place.key != key for place in places):
        raise operation.invalid("the path must name one whole list")
    return holder, places[0].type, key, len(nodes)
