"""List the values of one element with what a profile needs to know of each: path, type, extensions."""

from collections.abc import Set
from functools import cache
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.validate.shape import members


class ProfiledItem(NamedTuple):
    """A value. `path` is FHIRPath below the checked resource; `extra` is the object in `_name` beside a primitive."""

    path: str
    type: str
    value: Any
    extra: Any = None


def items(owner: ProfiledItem, name: str) -> list[ProfiledItem]:
    """Return the values of the element `name` (`value` for value[x]) in `owner`. JSON of the wrong kind is no value."""
    type_, value = (owner.type, owner.value) if _is_complex(owner.type) else ("Element", owner.extra)
    element = r4.types()[type_].elements.get(name)
    if element is None or type(value) is not dict:
        return []
    found: list[ProfiledItem] = []
    for key, code in members(name, element):
        path = f"{owner.path}.{name}" + (f".ofType({code})" if element.choice else "")
        if element.many:
            found += _listed(path, code, value.get(key), value.get("_" + key))
        elif key in value or "_" + key in value:
            found.append(_item(path, code, value.get(key), value.get("_" + key)))
    return [item for item in found if _has_shape(item)]


def _has_shape(item: ProfiledItem) -> bool:
    kind = r4.types()[item.type].kind
    if kind == "resource":
        return type(item.value) is dict and is_resource(item.value)
    return type(item.value) is dict if kind != "primitive" else not isinstance(item.value, (dict, list))


def _listed(path: str, code: str, plain: Any, extra: Any) -> list[ProfiledItem]:
    plains = plain if type(plain) is list else []
    extras = extra if type(extra) is list else []
    count = max(len(plains), len(extras))
    plains, extras = plains + [None] * (count - len(plains)), extras + [None] * (count - len(extras))
    return [
        _item(f"{path}[{at}]", code, one, beside) for at, (one, beside) in enumerate(zip(plains, extras, strict=True))
    ]


def _item(path: str, code: str, value: Any, extra: Any) -> ProfiledItem:
    if r4.types()[code].kind == "resource" and type(value) is dict and is_resource(value):
        code = value["resourceType"]
    return ProfiledItem(path, code, value, extra)


def is_resource(value: dict[str, Any]) -> bool:
    """Return whether the object is a resource."""
    type_ = value.get("resourceType")
    return isinstance(type_, str) and type_ in r4.resource_types()


def _is_complex(type_: str) -> bool:
    return r4.types()[type_].kind != "primitive"


def is_a(type_: str, codes: Set[str]) -> bool:
    """Return whether a profile that allows `codes` allows `type_`. A code is no string, but an Age is a Quantity."""
    return type_ in codes or (_is_complex(type_) and bool(codes & family(type_)))


@cache
def family(type_: str) -> frozenset[str]:
    """Return the codes that a profile may use for a type: its own and those of its base types."""
    names: set[str] = set()
    at: str | None = type_
    while at is not None:
        names.add(at)
        at = r4.types()[at].base
    return frozenset(names)
