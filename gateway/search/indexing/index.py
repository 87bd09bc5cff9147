"""Make the index fields of a resource's stored document, by which searches find it.

k   tokens, see `gateway.search.notation.tokens`
d   dates, `{p, lo, hi}` in microseconds
q   numbers and quantities, `{p, lo, hi, …}`
c   elements for composite parameters; absent if there are none
g   positions, see `gateway.search.types.near`; absent if there are none
at  the earliest moment of the type's main date (`main_date`), NO_DATE without one: the order of result lists
n   the contained resources, see `gateway.search.compile.contained`; absent if there are none
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from gateway import budget
from gateway.fhir import path, r4, references
from gateway.fhir.fhir_json import Resource
from gateway.search.definitions.parameters import Parameter, main_date, parameters, parts
from gateway.search.notation.eras import NO_DATE, lasting
from gateway.search.types import TYPES, UNSTORED, reference

SPARSE: list[list[str]] = [["n.t", "n.k"]]
INDEXES: list[list[str]] = [
    ["t", "k", "at", "_id"],
    ["t", "at", "_id"],
    ["t", "u", "_id"],
    ["t", "d.p", "d.lo", "d.hi"],
    ["t", "q.p", "q.lo", "q.hi"],
]
"""The indexes on `resources`, all ascending, that keep a search from reading the whole collection. Those in SPARSE hold
only the documents that have their fields."""

_TOKENS_AT_ONCE = 50_000
"""Tokens that one call looks through."""
_VALUES_PER_CHECK = 500
"""Values that are indexed from one check of the budget to the next."""
_PLAIN = re.compile(r"(\w+)\.(\w+)(?:\.ofType\((\w+)\))?")


Values = Callable[[Resource], list[tuple[str, Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Extractor:
    """Finds the values of one parameter in a resource.

    values: returns them with their FHIR types.
    index: makes the entries of one value, see SearchType.
    field: the field that holds the entries.
    """

    name: str
    index: Callable[[str, str, Any], Sequence[Any]]
    field: str
    values: Values


def index(resource: Resource) -> dict[str, Any]:
    """Return the index fields of a resource. Elements of the wrong type are left out; nothing raises."""
    fields = _fields(resource)
    inner = _contained(resource) if "contained" in resource else []
    if resource["resourceType"] == "Bundle":
        inner += _first(resource)
    return {**fields, "n": inner} if inner else fields


def _fields(resource: Resource) -> dict[str, Any]:
    kind = resource["resourceType"]
    fields: dict[str, list[Any]] = {"k": [], "d": [], "q": []}
    for extractor in extractors(kind, tuple(resource)):
        if values := extractor.values(resource):
            _enter(extractor, values, fields)
    main = [entry for entry in fields["d"] if entry["p"] == main_date(kind)] if fields["d"] else []
    at = min((entry["lo"] for entry in main), default=NO_DATE)
    return {**fields, "k": [*_distinct(fields["k"]), *lasting(at, main)], "at": at}


def _distinct(tokens: Sequence[str]) -> dict[str, None]:
    """Return each token once, in order. A million in one call would hold the interpreter for a tenth of a second."""
    distinct: dict[str, None] = {}
    for start in range(0, len(tokens), _TOKENS_AT_ONCE):
        distinct |= dict.fromkeys(tokens[start : start + _TOKENS_AT_ONCE])
    return distinct


def _contained(resource: Resource) -> list[dict[str, Any]]:
    referring: dict[str, set[str]] = {}
    for extractor in extractors(resource["resourceType"], tuple(resource)):
        if extractor.index is reference.index:
            for _, value in extractor.values(resource):
                if isinstance(value, dict) and str(value.get("reference", "")).startswith("#"):
                    referring.setdefault(value["reference"][1:], set()).add(extractor.name)
    return [
        {"t": inner["resourceType"], "i": inner["id"], "r": sorted(referring.get(inner["id"], ())), **_fields(inner)}
        for inner in resource["contained"] or ()
        if isinstance(inner, dict)
        and inner.get("resourceType") in r4.resource_types()
        and isinstance(inner.get("id"), str)
    ]


def _first(bundle: Resource) -> list[dict[str, Any]]:
    """Return the entry of a document's or message's first resource, to which the parameters `composition` and `message`
    lead. It is marked `first`, because it is not contained."""
    first = next(iter(bundle.get("entry") or ()), None)
    resource = first.get("resource") if isinstance(first, dict) else None
    if bundle.get("type") not in ("document", "message") or not isinstance(resource, dict):
        return []
    type_ = resource.get("resourceType")
    if type_ not in r4.resource_types():
        return []
    return [{"t": type_, "i": resource.get("id", ""), "r": ["composition", "message"], "first": 1, **_fields(resource)}]


def _enter(extractor: Extractor, values: list[tuple[str, Any]], fields: dict[str, list[Any]]) -> None:
    """Add the entries of a parameter's values; if it has none, the token `name|` that there is some value."""
    name, make, field = extractor.name, extractor.index, extractor.field
    entries: list[Any] = []
    for number, (kind, value) in enumerate(values):
        if number % _VALUES_PER_CHECK == _VALUES_PER_CHECK - 1:
            budget.check()
        entries += make(name, kind, value)
    if entries:
        fields.setdefault(field, []).extend(entries)
    elif field != "c" and any(_says_something(value) for _, value in values):
        fields["k"].append(f"{name}|")


def _says_something(value: Any) -> bool:
    """Tell whether a value holds more than extensions, such as one with the reason why the value is absent."""
    return not isinstance(value, dict) or bool(value.keys() - {"extension", "id"})


def _resolver(resource: Resource) -> Callable[[str], Resource | None]:
    """Return a `resolve()` that reads nothing: it returns contained resources, else a stub of the reference's type."""

    def resolve(reference: str) -> Resource | None:
        if reference.startswith("#"):
            return next((inner for inner in resource.get("contained", ()) if inner.get("id") == reference[1:]), None)
        target = references.parse_reference(reference)
        return {"resourceType": target.type, "id": target.id} if target else None

    return resolve


def _resolving(typed: Callable[..., list[tuple[str, Any]]]) -> Values:
    return lambda resource: typed(resource, resolve=_resolver(resource))


@lru_cache(maxsize=4096)
def extractors(kind: str, keys: tuple[str, ...]) -> tuple[Extractor, ...]:
    """Return the extractors that can find a value in a resource with these members: few of all, and the same for all
    resources of the same shape."""
    always, by_key = _extractors(kind)
    chosen = dict.fromkeys(always)
    for key in keys:
        chosen.update(by_key.get(key, {}))
    return tuple(chosen)


@cache
def _extractors(kind: str) -> tuple[tuple[Extractor, ...], dict[str, dict[Extractor, None]]]:
    """Return the extractors that always run, and those that run only if the resource has a certain member.

    Each part of a union is an extractor of its own: FHIRPath's `|` removes duplicates in the square of their number.
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
    """Compile a part of a parameter's expression. One without `resolve()` needs no environment and is faster."""
    values = _composed(kind, part, parameter) if parameter.components else path.compile(part, kind).typed
    return _resolving(values) if "resolve()" in part else values


def _composed(kind: str, context: str, parameter: Parameter) -> Callable[..., list[tuple[str, Any]]]:
    """Return a function that finds, for each element of a composite parameter, each part's search type and values."""
    elements = path.compile(context, kind).typed
    components = [(component.type, path.compile(component.expression).typed) for component in parameter.components]

    def values(resource: Resource, **environment: Any) -> list[tuple[str, Any]]:
        return [
            (type_, [(part, typed(element, type=type_)) for part, typed in components])
            for type_, element in elements(resource, **environment)
        ]

    return values


def _keys(kind: str, part: str) -> set[str] | None:
    """Return the members of which a resource has one if the expression has a value; None if that cannot be told."""
    plain = _PLAIN.match(part.lstrip("("))
    if plain is None or plain[1] != kind or re.search(r"exists|empty| and | or |not\(", part):
        return None
    element = r4.types()[kind].elements[plain[2]]
    chosen = (plain[3],) if plain[3] else element.types
    return {plain[2] + t[0].upper() + t[1:] for t in chosen} if element.choice else {plain[2]}
