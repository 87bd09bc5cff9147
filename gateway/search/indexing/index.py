"""What a resource can be found by: the fields `k`, `d`, `q` and `at` of its stored document.

k   tokens, see `gateway.search.notation.tokens`;  c   elements for composite parameters, absent if there are none
d   dates, `{p, lo, hi}` in microseconds;  q   numbers and quantities, `{p, lo, hi, …}`
at  the earliest moment of the type's main date (`main_date`), NO_DATE if there is none: the order of result lists
n   the resources it contains, see `gateway.search.compile.contained`; absent if there are none
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from gateway import budget
from gateway.fhir import path, r4, references
from gateway.fhir.fhir_json import Resource
from gateway.search.compile import contained
from gateway.search.compile.order import NO_DATE
from gateway.search.definitions.parameters import Parameter, main_date, parameters, parts
from gateway.search.notation.eras import lasting
from gateway.search.types import TYPES, UNSTORED, reference

SPARSE: list[list[str]] = [contained.INDEX]
INDEXES: list[list[str]] = [
    ["t", "k", "at", "_id"],
    ["t", "at", "_id"],
    ["t", "u", "_id"],
    ["t", "d.p", "d.lo", "d.hi"],
    ["t", "q.p", "q.lo", "q.hi"],
]
"""The indexes on `resources`, all ascending, that keep a search from reading the whole collection; SPARSE ones hold
only the documents that have their fields."""

_AT_ONCE = 50_000
"""Tokens that one call looks through."""
_CHECKED = 500
"""Values that are indexed from one check of the budget to the next."""
_PLAIN = re.compile(r"(\w+)\.(\w+)(?:\.ofType\((\w+)\))?")


Values = Callable[[Resource], list[tuple[str, Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Extractor:
    """`values`: what the parameter finds in a resource, typed; `index` and `field`: those of its search type."""

    name: str
    index: Callable[[str, str, Any], Sequence[Any]]
    field: str
    values: Values


def index(resource: Resource) -> dict[str, Any]:
    """The index fields of a resource. What is odd in it is left out; nothing raises."""
    own = _fields(resource)
    inner = _contained(resource) if "contained" in resource else []
    if resource["resourceType"] == "Bundle":
        inner += _first(resource)
    return {**own, "n": inner} if inner else own


def _fields(resource: Resource) -> dict[str, Any]:
    kind = resource["resourceType"]
    found: dict[str, list[Any]] = {"k": [], "d": [], "q": []}
    for extractor in wanted(kind, tuple(resource)):
        if values := extractor.values(resource):
            _enter(extractor, values, found)
    main = [entry for entry in found["d"] if entry["p"] == main_date(kind)] if found["d"] else []
    at = min((entry["lo"] for entry in main), default=NO_DATE)
    return {**found, "k": [*_once(found["k"]), *lasting(at, main)], "at": at}


def _once(tokens: Sequence[str]) -> dict[str, None]:
    """Return each token once, in order. A million in one call would hold the interpreter for a tenth of a second."""
    distinct: dict[str, None] = {}
    for start in range(0, len(tokens), _AT_ONCE):
        distinct |= dict.fromkeys(tokens[start : start + _AT_ONCE])
    return distinct


def _contained(resource: Resource) -> list[dict[str, Any]]:
    referring: dict[str, set[str]] = {}
    for extractor in wanted(resource["resourceType"], tuple(resource)):
        if extractor.index is reference.index:
            for _, value in extractor.values(resource):
                if isinstance(value, dict) and str(value.get("reference", "")).startswith("#"):
                    referring.setdefault(value["reference"][1:], set()).add(extractor.name)
    return [
        {"t": one["resourceType"], "i": one["id"], "r": sorted(referring.get(one["id"], ())), **_fields(one)}
        for one in resource["contained"] or ()
        if isinstance(one, dict) and one.get("resourceType") in r4.resource_types() and isinstance(one.get("id"), str)
    ]


def _first(bundle: Resource) -> list[dict[str, Any]]:
    """What the parameters `composition` and `message` are about."""
    first = next(iter(bundle.get("entry") or ()), None)
    resource = first.get("resource") if isinstance(first, dict) else None
    if bundle.get("type") not in ("document", "message") or not isinstance(resource, dict):
        return []
    type_ = resource.get("resourceType")
    if type_ not in r4.resource_types():
        return []
    return [{"t": type_, "i": resource.get("id", ""), "r": ["composition", "message"], "first": 1, **_fields(resource)}]


def _enter(extractor: Extractor, values: list[tuple[str, Any]], found: dict[str, list[Any]]) -> None:
    name, make, field = extractor.name, extractor.index, extractor.field
    entries: list[Any] = []
    for number, (kind, value) in enumerate(values):
        if number % _CHECKED == _CHECKED - 1:
            budget.check()
        entries += make(name, kind, value)
    if entries:
        found.setdefault(field, []).extend(entries)
    elif field != "c" and any(_says_something(value) for _, value in values):
        found["k"].append(f"{name}|")


def _says_something(value: Any) -> bool:
    """Not only by an extension, such as why there is nothing to say."""
    return not isinstance(value, dict) or bool(value.keys() - {"extension", "id"})


def _resolver(resource: Resource) -> Callable[[str], Resource | None]:
    """`resolve()` without looking anywhere: contained resources, else a stub of the type the reference names."""

    def resolve(reference: str) -> Resource | None:
        if reference.startswith("#"):
            return next((inner for inner in resource.get("contained", ()) if inner.get("id") == reference[1:]), None)
        target = references.parse_reference(reference)
        return {"resourceType": target.type, "id": target.id} if target else None

    return resolve


def _resolving(typed: Callable[..., list[tuple[str, Any]]]) -> Values:
    return lambda resource: typed(resource, resolve=_resolver(resource))


@lru_cache(maxsize=4096)
def wanted(kind: str, keys: tuple[str, ...]) -> tuple[Extractor, ...]:
    """What can have a value in a resource with these members: a few of the many, worked out once for all that have
    the same."""
    always, by_key = _extractors(kind)
    wanted = dict.fromkeys(always)
    for key in keys:
        wanted.update(by_key.get(key, {}))
    return tuple(wanted)


@cache
def _extractors(kind: str) -> tuple[tuple[Extractor, ...], dict[str, dict[Extractor, None]]]:
    """Those to run always, and those to run if the resource has a certain member: most need not be run at all.

    Each part of a union has its own: to remove duplicates, as FHIRPath's `|` does, takes the square of their number.
    """
    always: list[Extractor] = []
    by_key: dict[str, dict[Extractor, None]] = {}
    for parameter in parameters(kind).values():
        if parameter.name not in parameter.stored or parameter.type in UNSTORED:
            continue
        type_ = TYPES[parameter.type]
        for part in parts(parameter.expression):
            extractor = Extractor(parameter.name, type_.index, type_.FIELD, _values(kind, part, parameter))
            keys = _keys(kind, part)
            if keys is None:
                always.append(extractor)
            for key in keys or ():
                by_key.setdefault(key, {})[extractor] = None
    return tuple(always), by_key


def _values(kind: str, part: str, parameter: Parameter) -> Values:
    """A path that resolves nothing is evaluated without an environment, which is faster."""
    values = _composed(kind, part, parameter) if parameter.components else path.compile(part, kind).typed
    return _resolving(values) if "resolve()" in part else values


def _composed(kind: str, context: str, parameter: Parameter) -> Callable[..., list[tuple[str, Any]]]:
    """What a composite parameter finds: for each element the search type and the typed values of each part."""
    elements = path.compile(context, kind).typed
    components = [(component.type, path.compile(component.expression).typed) for component in parameter.components]

    def values(resource: Resource, **environment: Any) -> list[tuple[str, Any]]:
        found = elements(resource, **environment)
        return [(type_, [(part, typed(element, type=type_)) for part, typed in components]) for type_, element in found]

    return values


def _keys(kind: str, part: str) -> set[str] | None:
    """The members without which an expression has no value; None if it may have one all the same."""
    plain = _PLAIN.match(part.lstrip("("))
    if plain is None or plain[1] != kind or re.search(r"exists|empty| and | or |not\(", part):
        return None
    element = r4.types()[kind].elements[plain[2]]
    chosen = (plain[3],) if plain[3] else element.types
    return {plain[2] + t[0].upper() + t[1:] for t in chosen} if element.choice else {plain[2]}
