"""Step from a node to its children by name.

For each type and name a reader is made once from the definitions. A step then costs one dict lookup per node.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.type_model import JsonField, fields, known
from gateway.fhir.path.values import KINDS, Node, Nodes, node_of

ChildReader = Callable[[Node, Nodes], None]


def add(field: JsonField, value: Any, extra: Any, out: Nodes) -> None:
    """Append the nodes of an element, from the values under its key and its `_key`. Skip values of a wrong shape."""
    cls = value.__class__
    if cls is list or (value is None and extra.__class__ is list):
        _add_list(field, value, extra, out)
    elif field.primitive:
        if cls in field.shapes or (value is None and extra is not None):
            out.append((field.type, Decimal(repr(value)) if cls is float else value, extra))
    elif cls is dict:
        out.append((_resource_type(value, field.type) if field.resource else field.type, value, None))


def _resource_type(json: dict[str, Any], otherwise: str) -> str:
    name = json.get("resourceType")
    return name if isinstance(name, str) else otherwise


def _add_list(field: JsonField, value: Any, extra: Any, out: Nodes) -> None:
    values = value if isinstance(value, list) else []
    extras = extra if isinstance(extra, list) else []
    for index in range(max(len(values), len(extras))):
        item = values[index] if index < len(values) else None
        if not isinstance(item, list):
            add(field, item, extras[index] if index < len(extras) else None, out)


@cache
def reader(type_: str, name: str, only: frozenset[str] | None = None) -> ChildReader:
    """Return the function that appends the children `name` of a node. `only` limits a choice to these types."""
    places = fields(type_, name)
    if only is not None and len(places) > 1:
        places = tuple(field for field in places if field.type in only)
        if not places:
            return _nothing
    if KINDS.get(type_, "Quantity") != "Quantity":
        return _of_primitive(places)
    if not places:
        return _untyped(name) if not known(type_) or type_ == "Element" else _nothing
    if len(places) > 1:
        return _choice(places)
    return _primitive(places[0]) if places[0].primitive else _complex(places[0])


def _nothing(node: Node, out: Nodes) -> None:
    return None


def _complex(field: JsonField) -> ChildReader:
    key, type_ = field.key, field.type
    plain = not field.resource

    def read(node: Node, out: Nodes) -> None:
        value = node[1].get(key)
        if value is None:
            return
        if not plain:
            add(field, value, None, out)
        elif value.__class__ is dict:
            out.append((type_, value, None))
        elif value.__class__ is list:
            out.extend([(type_, item, None) for item in value if item.__class__ is dict])

    return read


def _primitive(field: JsonField) -> ChildReader:
    key, shadow, type_ = field.key, "_" + field.key, field.type
    plain, one_shape = field.shapes[0], len(field.shapes) == 1

    def read(node: Node, out: Nodes) -> None:
        json = node[1]
        value = json.get(key)
        if value.__class__ is plain:
            out.append((type_, value, json.get(shadow)))
        elif value.__class__ is list and one_shape and shadow not in json:
            out.extend([(type_, item, None) for item in value if item.__class__ is plain])
        elif value is not None or shadow in json:
            add(field, value, json.get(shadow), out)

    return read


def _choice(places: tuple[JsonField, ...]) -> ChildReader:
    by_key = {field.key: field for field in places}
    shadows = {"_" + field.key: field for field in places}

    def read(node: Node, out: Nodes) -> None:
        json = node[1]
        for key in json:
            if key in by_key:
                return add(by_key[key], json[key], json.get("_" + key), out)
        for key in json:
            if key in shadows:
                return add(shadows[key], None, json[key], out)

    return read


def _of_primitive(places: tuple[JsonField, ...]) -> ChildReader:
    """Read `birthDate.extension`: the children of a primitive stand in `_birthDate`."""
    if not places:
        return _nothing
    field = places[0]

    def read(node: Node, out: Nodes) -> None:
        if isinstance(node[2], dict):
            add(field, node[2].get(field.key), None, out)

    return read


def _untyped(name: str) -> ChildReader:
    """Read a child of JSON without a definition, such as a %variable: the name is the key."""

    def read(node: Node, out: Nodes) -> None:
        value = node[1].get(name) if isinstance(node[1], dict) else None
        items = value if isinstance(value, list) else [value]
        out.extend(node_of(item) for item in items if item is not None)

    return read


def children(node: Node) -> Nodes:
    """Return all direct children of a node, in the order of the definitions."""
    definition = r4.types().get(node[0])
    out: Nodes = []
    for name in definition.elements if definition else ():
        reader(node[0], name)(node, out)
    return out
