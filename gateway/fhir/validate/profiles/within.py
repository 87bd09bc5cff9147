"""Find what has a profile of its own within a resource: other resources by meta.profile, extensions by url."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from gateway.fhir import r4
from gateway.fhir.validate.profiles.items import ProfiledItem, is_resource
from gateway.fhir.validate.shape import members

Place = tuple[str, dict[str, Any], dict[str, Any]]


def resources(resource: dict[str, Any]) -> Iterator[Place]:
    """Yield (path below `resource`, resource, %rootResource) of `resource` itself and of all resources in it."""
    return _all("", resource, resource)


def _all(path: str, resource: dict[str, Any], root: dict[str, Any]) -> Iterator[Place]:
    yield path, resource, root
    for index, inner in enumerate(_listed(resource, "contained")):
        if isinstance(inner, dict) and is_resource(inner):
            yield from _all(f"{path}.contained[{index}]", inner, root)
    if resource["resourceType"] == "Bundle":
        for index, entry in enumerate(_listed(resource, "entry")):
            yield from _held(f"{path}.entry[{index}]", entry)
    if resource["resourceType"] == "Parameters":
        yield from _parameters(f"{path}.parameter", _listed(resource, "parameter"))


def _parameters(path: str, parameters: list[Any]) -> Iterator[Place]:
    for index, parameter in enumerate(parameters):
        if isinstance(parameter, dict):
            yield from _held(f"{path}[{index}]", parameter)
            yield from _parameters(f"{path}[{index}].part", _listed(parameter, "part"))


def _held(path: str, holder: Any) -> Iterator[Place]:
    inner = holder.get("resource") if isinstance(holder, dict) else None
    if isinstance(inner, dict) and is_resource(inner):
        yield from _all(f"{path}.resource", inner, inner)


def extensions(item: ProfiledItem) -> Iterator[tuple[ProfiledItem, str]]:
    """Yield all extensions of a resource or element, nested ones included, each with the address of the extension that
    it is in, else "".

    Extensions of resources within it are left out.
    """
    steps = _steps(item.type)
    for key, child in item.value.items():
        if (step := steps.get(key)) is None:
            continue
        path, code = item.path + step[0], step[1]
        below = [(f"{path}[{at}]", one) for at, one in enumerate(child)] if isinstance(child, list) else [(path, child)]
        for place, one in below:
            if isinstance(one, dict):
                inner = ProfiledItem(place, code, one)
                if code == "Extension":
                    yield inner, str(item.value.get("url")) if item.type == "Extension" else ""
                yield from extensions(inner)


@cache
def _steps(type_: str) -> dict[str, tuple[str, str]]:
    """Return JSON name -> (path, type) of elements that may have extensions."""
    found: dict[str, tuple[str, str]] = {}
    for name, element in r4.types()[type_].elements.items():
        for key, code in members(name, element):
            path, kind = f".{name}" + (f".ofType({code})" if element.choice else ""), r4.types()[code].kind
            if kind == "primitive":
                found["_" + key] = (path, "Element")
            elif kind != "resource":
                found[key] = (path, code)
    return found


def _listed(holder: dict[str, Any], name: str) -> list[Any]:
    items = holder.get(name)
    return items if isinstance(items, list) else []
