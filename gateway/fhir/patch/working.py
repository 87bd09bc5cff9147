"""The resource while a FHIRPath patch works on it: every element can be found again where it stands.

FHIRPath gives values, and equal primitives cannot be told apart. So in the working copy each primitive has its `_name`
object, empty if there was none: the path engine hands it along as the node's third part, and its identity is the
element's.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.json import Resource
from gateway.fhir.path.types import Field, fields
from gateway.fhir.path.values import Node

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: `holder[key]`, or `holder[key][index]`; `type` is the FHIR type of the holder."""

    holder: Json
    type: str
    key: str
    index: int | None


def opened(json: Json) -> Json:
    """A copy in which every primitive has its `_name`."""
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
    """The way back; what is empty goes."""
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
    """What `places` knows an element by."""
    return id(node[2] if isinstance(node[2], dict) else node[1])


def places(resource: Resource) -> dict[int, Place]:
    found: dict[int, Place] = {}
    _walk(resource, str(resource.get("resourceType")), found)
    return found


def _walk(holder: Json, type_: str, found: dict[int, Place]) -> None:
    for key, value in holder.items():
        name = key.removeprefix("_")
        items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, item in items:
            if isinstance(item, dict):
                found[id(item)] = Place(holder, type_, name, index)
                _walk(item, _type(type_, name, item), found)


def _type(holder: str, key: str, item: Json) -> str:
    member = members(holder).get(key)
    if member is None:
        return "Element"
    return str(item.get("resourceType")) if member[1].resource else member[1].type


@cache
def members(type_: str) -> dict[str, tuple[str, Field]]:
    """JSON name -> (element, field): `valueQuantity` -> (`value`, …)."""
    definition = r4.types().get(type_)
    names = definition.elements if definition else {}
    return {field.key: (name, field) for name in names for field in fields(type_, name)}
