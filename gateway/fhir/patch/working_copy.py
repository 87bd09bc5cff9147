"""Find where an element stands in a resource that a FHIRPath patch changes.

FHIRPath returns values, and two equal primitives cannot be told apart. So in the working copy each primitive has an
object under `_name`, empty if it had none. FHIRPath returns it as the third part of the node, and its identity (`id()`)
is the identity of the element.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway import budget
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.type_model import JsonField, fields
from gateway.fhir.path.values import Node

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ElementPlace:
    """The place of an element: `holder[under]`, or an item of the list there.

    type: the FHIR type of the holder.
    key: the name of the element in JSON.
    under: `key`, or `_key` for a primitive.
    item: the object there. It stays the same object when items before it are added or removed.
    """

    holder: Json
    type: str
    key: str
    under: str
    item: Json

    @property
    def index(self) -> int | None:
        """The position of the element in its list, None if it stands in no list."""
        items = self.holder[self.under]
        return next(n for n, item in enumerate(items) if item is self.item) if isinstance(items, list) else None


class ElementPlaces:
    """The places of all elements of one resource, kept up to date while the resource changes.

    The resource is walked once, not for each operation: five hundred operations on a large resource would walk it five
    hundred times. Removed elements are kept, so that Python does not give their identity to another object.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._by_identity: dict[int, ElementPlace] | None = None

    def of(self, node: Node) -> ElementPlace | None:
        """Return the place of an element, None if the node is not an element of the resource."""
        if self._by_identity is None:
            self._by_identity = {}
            self._walk(self._resource, str(self._resource.get("resourceType")), self._by_identity)
        return self._by_identity.get(identity(node))

    def changed(self, holder: Json, type_: str, *keys: str) -> None:
        """Add the new elements under `keys` of `holder`, and under their `_keys`."""
        if self._by_identity is not None:
            for key in keys:
                self._walk_key(holder, type_, key, self._by_identity)
                self._walk_key(holder, type_, "_" + key, self._by_identity)

    def _walk(self, holder: Json, type_: str, places: dict[int, ElementPlace]) -> None:
        budget.check()
        for key in holder:
            self._walk_key(holder, type_, key, places)

    def _walk_key(self, holder: Json, type_: str, key: str, places: dict[int, ElementPlace]) -> None:
        value, name = holder.get(key), key.removeprefix("_")
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and id(item) not in places:
                places[id(item)] = ElementPlace(holder, type_, name, key, item)
                self._walk(item, _type(type_, name, item), places)


def opened(json: Json) -> Json:
    """Copy a resource so that every primitive has an object under `_name`."""
    budget.check()
    copy: Json = {}
    for key in dict.fromkeys(name.removeprefix("_") for name in json):
        value, extra = json.get(key), json.get("_" + key)
        if key == "resourceType":
            copy[key] = value
        elif isinstance(value, dict):
            copy[key] = opened(value)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            copy[key] = [opened(item) if isinstance(item, dict) else item for item in value]
        elif isinstance(value, list) or isinstance(extra, list):
            copy[key], copy["_" + key] = _aligned(value, extra)
        else:
            if value is not None:
                copy[key] = value
            copy["_" + key] = opened(extra) if isinstance(extra, dict) else {}
    return copy


def _aligned(value: Any, extra: Any) -> tuple[list[Any], list[Json]]:
    values = list(value) if isinstance(value, list) else []
    extras = list(extra) if isinstance(extra, list) else []
    length = max(len(values), len(extras))
    values += [None] * (length - len(values))
    extras += [None] * (length - len(extras))
    return values, [opened(item) if isinstance(item, dict) else {} for item in extras]


def closed(json: Json) -> Json:
    """Copy a resource without its empty objects and lists, and so without the objects that `opened` added."""
    budget.check()
    copy: Json = {}
    for key, value in json.items():
        if isinstance(value, dict):
            value = closed(value)
        elif isinstance(value, list):
            value = [_closed_item(item) for item in value]
            if "_" + key not in json and not key.startswith("_"):
                value = [item for item in value if item is not None]
            if all(item is None for item in value):
                value = None
        if value not in (None, {}):
            copy[key] = value
    return copy


def _closed_item(item: Any) -> Any:
    return (closed(item) or None) if isinstance(item, dict) else item


def identity(node: Node) -> int:
    """Return the key by which `ElementPlaces` finds an element."""
    return id(node[2] if isinstance(node[2], dict) else node[1])


def _type(holder: str, key: str, item: Json) -> str:
    member = members(holder).get(key)
    if member is None:
        return "Element"
    return str(item.get("resourceType")) if member[1].resource else member[1].type


@cache
def members(type_: str) -> dict[str, tuple[str, JsonField]]:
    """Return JSON name -> (element, its place in JSON) of a type: `valueQuantity` -> (`value`, …)."""
    definition = r4.types().get(type_)
    names = definition.elements if definition else {}
    return {field.key: (name, field) for name in names for field in fields(type_, name)}
