"""Parse the parameters that shape the answer instead of choosing it: `_sort`, `_count`, `_include` and their like.

https://hl7.org/fhir/R4/search.html#modifyingresults
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.errors import BadRequest, NotSupported
from gateway.fhir import r4
from gateway.search.cost import check
from gateway.search.definitions.parameters import Parameter, parameters

DEFAULT_COUNT = 50
LARGEST_COUNT = 1000
_MOST_VALUES = {"sort": 8, "includes": 64, "revincludes": 64, "elements": 256}
PAGE, TYPES = "_page", "_type"
"""The parameter that carries the opaque position of a following page."""


Scope = str | tuple[str, ...]
"""The type that is searched, or several types; () means all."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of `_sort`."""

    parameter: Parameter
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """References to be followed, for `_include` forwards, for `_revinclude` backwards.

    source: the type that refers; None for any reference of any type.
    names: the parameters, as they are stored.
    target: the type that is referred to; None for any.
    iterate: follow the references of included resources too.
    canonical: see Parameter.
    """

    source: str | None
    names: tuple[str, ...] = ()
    target: str | None = None
    iterate: bool = False
    canonical: bool = False


@dataclass(slots=True)
class Controls:
    """Collects the controls of one query on `type`, or on `types`.

    values: keyword arguments of the Query.
    """

    type: str | None
    types: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)

    def take(self, written: str, value: str) -> bool:
        """Take a parameter and return True, or False if it is no control. Raises BadRequest, NotSupported."""
        name, _, modifier = written.partition(":")
        if name not in _CONTROLS:
            return name == TYPES
        if modifier and not (modifier == "iterate" and name in ("_include", "_revinclude")):
            raise NotSupported(f"Search parameter '{name}' does not support the modifier ':{modifier[:64]}'")
        field_, read = _CONTROLS[name]
        result = read(self.type or self.types, value, modifier)
        if field_ in self.values and isinstance(result, tuple):
            self.values[field_] += result
        elif field_:
            self.values[field_] = result
        if field_ in _MOST_VALUES and len(self.values[field_]) > _MOST_VALUES[field_]:
            raise BadRequest(f"Search parameter '{name}' is asked for more than {_MOST_VALUES[field_]} times")
        return True


def _count(scope: Scope, value: str, modifier: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
        raise BadRequest(f"Search parameter '_count': '{value[:64]}' is not a number of entries")
    return min(int(value), LARGEST_COUNT)


def _sort(scope: Scope, value: str, modifier: str) -> tuple[Sort, ...]:
    return tuple(_sort_key(scope, key.strip()) for key in value.split(","))


def _sort_key(scope: Scope, key: str) -> Sort:
    """Parse one key. Several types can be sorted by a parameter that all of them store alike."""
    name = key.removeprefix("-")
    types = (scope,) if isinstance(scope, str) else scope or (None,)
    parameter, *others = [parameters(None).get(name) or parameters(type_).get(name) for type_ in types]
    alike = all(
        other and parameter and (other.type, other.stored) == (parameter.type, parameter.stored) for other in others
    )
    if parameter is None or parameter.components or parameter.type in ("special", "words") or not alike:
        raise NotSupported(f"Search parameter '_sort': '{name[:64]}' cannot be sorted by")
    return Sort(parameter, descending=key.startswith("-"))


def _one_of(name: str, *allowed: str) -> Callable[[Scope, str, str], str]:
    def read(scope: Scope, value: str, modifier: str) -> str:
        if value not in allowed:
            raise BadRequest(f"Search parameter '{name}': '{value[:64]}' is not one of {', '.join(allowed)}")
        return value

    return read


def _elements(scope: Scope, value: str, modifier: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def types_of(type_: str | None, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the values of `_type`, which decide what the other parameters mean. Raises BadRequest for an unknown type,
    and for another type than the one that is searched."""
    written = [value for name, value in pairs if name == TYPES and value]
    for value in written:
        check(TYPES, value)
    types = tuple(dict.fromkeys(name.strip() for value in written for name in value.split(",")))
    unknown = [name for name in types if name not in r4.resource_types()]
    if unknown:
        raise BadRequest(f"Search parameter '_type': '{unknown[0][:64]}' is not an R4 resource type")
    if type_ is not None and types not in ((), (type_,)):
        raise BadRequest(f"Search parameter '_type' is for searches on all types, this one is on {type_}")
    return () if type_ is not None else types


def _include(scope: Scope, value: str, modifier: str) -> tuple[Include, ...]:
    iterate = modifier == "iterate"
    if value == "*":
        return (Include(None, iterate=iterate),)
    source, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    if source not in r4.resource_types() or not name or (target and target not in r4.resource_types()):
        raise BadRequest(f"'{value[:200]}' is not of the form Type:parameter or Type:parameter:Type")
    candidates = parameters(source).values() if name == "*" else [parameters(source).get(name)]
    references = [parameter for parameter in candidates if parameter and parameter.type == "reference"]
    if not references:
        raise NotSupported(f"'{value[:200]}' cannot be included: {source} has no reference parameter '{name[:64]}'")
    return tuple(_included(source, parameter, target, iterate) for parameter in references)


def _included(source: str, parameter: Parameter, target: str, iterate: bool) -> Include:
    only = target or (parameter.targets[0] if parameter.restricted else None)
    return Include(source, parameter.stored, only, iterate, parameter.canonical)


def _text(scope: Scope, value: str, modifier: str) -> str:
    return value


def _total_method(scope: Scope, value: str, modifier: str) -> str:
    """Read `_totalMethod`, Aidbox's name for `_total`, which the client fhirpy sends to any server."""
    methods = {"none": "none", "countEstimate": "estimate", "count": "accurate"}
    return methods[_one_of("_totalMethod", *methods)(scope, value, modifier)]


# name -> (the field of Query it sets, "" for none, and how its value is read)
_CONTROLS: dict[str, tuple[str, Callable[[Scope, str, str], Any]]] = {
    "_contained": ("contained", _one_of("_contained", "false", "true", "both")),
    "_containedType": ("contained_type", _one_of("_containedType", "container", "contained")),
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
    PAGE: ("page", _text),
}
NAMES = frozenset(_CONTROLS)
