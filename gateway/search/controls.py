"""The parameters that shape the answer instead of choosing it: `_sort`, `_count`, `_include` and their like.

https://hl7.org/fhir/R4/search.html#modifyingresults
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.errors import BadRequest, NotSupported
from gateway.fhir import r4
from gateway.search.parameters import Parameter, parameters

DEFAULT_COUNT = 50
LARGEST_COUNT = 1000
_MOST = {"sort": 8, "includes": 64, "revincludes": 64, "elements": 256, "types": 256}
PAGE = "_page"
"""The parameter that carries the opaque position of a following page."""


@dataclass(frozen=True, slots=True)
class Sort:
    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """References of `source` resources, indexed under `names`; only those to `target`, if it is given. `iterate`: also
    of resources that were included themselves."""

    source: str
    names: tuple[str, ...]
    target: str | None
    iterate: bool = False


@dataclass(slots=True)
class Settings:
    """Collects the settings of one query; `found` are the keyword arguments of its `Query`."""

    type: str | None
    found: dict[str, Any] = field(default_factory=dict)

    def take(self, written: str, value: str) -> bool:
        """False if `written` is no setting. Raises BadRequest, NotSupported."""
        name, _, modifier = written.partition(":")
        if name not in _CONTROLS:
            return False
        if modifier and not (modifier == "iterate" and name in ("_include", "_revinclude")):
            raise NotSupported(f"Search parameter '{name}' does not support the modifier ':{modifier[:64]}'")
        field_, read = _CONTROLS[name]
        result = read(self.type, value, modifier)
        if field_ in self.found and isinstance(result, tuple):
            self.found[field_] += result
        elif field_:
            self.found[field_] = result
        if field_ in _MOST and len(self.found[field_]) > _MOST[field_]:
            raise BadRequest(f"Search parameter '{name}' is asked for more than {_MOST[field_]} times")
        return True


def _count(type_: str | None, value: str, modifier: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
        raise BadRequest(f"Search parameter '_count': '{value[:64]}' is not a number of entries")
    return min(int(value), LARGEST_COUNT)


def _sort(type_: str | None, value: str, modifier: str) -> tuple[Sort, ...]:
    return tuple(_sort_key(type_, key.strip()) for key in value.split(","))


def _sort_key(type_: str | None, key: str) -> Sort:
    name = key.removeprefix("-")
    parameter = parameters(type_).get(name)
    if parameter is None or parameter.components:
        raise NotSupported(f"Search parameter '_sort': '{name[:64]}' cannot be sorted by")
    return Sort(parameter, descending=key.startswith("-"))


def _one_of(name: str, *allowed: str) -> Callable[[str | None, str, str], str]:
    def read(type_: str | None, value: str, modifier: str) -> str:
        if value not in allowed:
            raise BadRequest(f"Search parameter '{name}': '{value[:64]}' is not one of {', '.join(allowed)}")
        return value

    return read


def _elements(type_: str | None, value: str, modifier: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _types(type_: str | None, value: str, modifier: str) -> tuple[str, ...]:
    types = tuple(name.strip() for name in value.split(","))
    unknown = [name for name in types if name not in r4.resource_types()]
    if unknown:
        raise BadRequest(f"Search parameter '_type': '{unknown[0][:64]}' is not an R4 resource type")
    if type_ is not None and types != (type_,):
        raise BadRequest(f"Search parameter '_type' is for searches on all types, this one is on {type_}")
    return types


def _include(type_: str | None, value: str, modifier: str) -> tuple[Include, ...]:
    if value == "*" and type_ is not None:
        value = f"{type_}:*"
    source, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    if source not in r4.resource_types() or not name or (target and target not in r4.resource_types()):
        raise BadRequest(f"'{value[:200]}' is not of the form Type:parameter or Type:parameter:Type")
    known = parameters(source)
    wanted = [p for p in known.values() if p.type == "reference"] if name == "*" else [known.get(name)]
    found = [parameter for parameter in wanted if parameter and parameter.type == "reference"]
    if not found:
        raise NotSupported(f"'{value[:200]}' cannot be included: {source} has no reference parameter '{name[:64]}'")
    return tuple(_included(source, parameter, target, modifier == "iterate") for parameter in found)


def _included(source: str, parameter: Parameter, target: str, iterate: bool) -> Include:
    only = target or (parameter.targets[0] if parameter.restricted else None)
    return Include(source, parameter.stored, only, iterate)


def _text(type_: str | None, value: str, modifier: str) -> str:
    return value


def _total_method(type_: str | None, value: str, modifier: str) -> str:
    """Aidbox's name for `_total`, which the client fhirpy sends to any server."""
    methods = {"none": "none", "countEstimate": "estimate", "count": "accurate"}
    return methods[_one_of("_totalMethod", *methods)(type_, value, modifier)]


# name -> (the field of Query it sets, "" for none, and how its value is read)
_CONTROLS: dict[str, tuple[str, Callable[[str | None, str, str], Any]]] = {
    "_count": ("count", _count),
    "_elements": ("elements", _elements),
    "_format": ("", _text),
    "_include": ("includes", _include),
    "_pretty": ("", _text),
    "_revinclude": ("revincludes", _include),
    "_sort": ("sort", _sort),
    "_summary": ("summary", _one_of("_summary", "true", "false", "text", "data", "count")),
    "_total": ("total", _one_of("_total", "none", "estimate", "accurate")),
    "_totalMethod": ("total", _total_method),
    "_type": ("types", _types),
    PAGE: ("page", _text),
}
