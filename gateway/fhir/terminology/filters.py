"""The filters of value sets (https://hl7.org/fhir/R4/valueset-filter-operator.html), with a function for each operator.

Each function takes a code system and a filter, and returns a function that tells whether a concept passes.
"""

from collections.abc import Callable, Iterable
from time import monotonic

import regex

from gateway.errors import BadRequest, NotSupported
from gateway.fhir.terminology.codesystem import CodeSystem, Concept
from gateway.fhir.terminology.valueset import Filter

Passes = Callable[[Concept], bool]
_Values = Callable[[Concept], Iterable[str]]

_ITSELF = frozenset({"concept", "code"})
_TIME_LIMIT = 1.0
"""Seconds for one pattern on all concepts of a code system: clients send patterns, and one may take forever."""
_MAX_PATTERN_LENGTH = 1_000


def passes(system: CodeSystem, filter_: Filter) -> Passes:
    """Return the function that tells whether a concept passes.

    Raises NotSupported for an unknown operator or property, BadRequest for a wrong value.
    """
    make = _OPERATORS.get(filter_.op)
    if make is None:
        raise NotSupported(f"the filter operator '{filter_.op[:64]}' is not one of R4")
    return make(system, filter_)


def _equals(system: CodeSystem, filter_: Filter) -> Passes:
    values, wanted = _values(system, filter_), filter_.value
    return lambda concept: wanted in values(concept)


def _in(system: CodeSystem, filter_: Filter) -> Passes:
    values, wanted = _values(system, filter_), {one.strip() for one in filter_.value.split(",")}
    return lambda concept: not wanted.isdisjoint(values(concept))


def _not_in(system: CodeSystem, filter_: Filter) -> Passes:
    inside = _in(system, filter_)
    return lambda concept: not inside(concept)


def _is_a(system: CodeSystem, filter_: Filter) -> Passes:
    found = frozenset(system.below(_code(system, filter_)))
    return lambda concept: concept.code in found


def _descendent_of(system: CodeSystem, filter_: Filter) -> Passes:
    top = _code(system, filter_)
    found = frozenset(system.below(top)) - {top}
    return lambda concept: concept.code in found


def _is_not_a(system: CodeSystem, filter_: Filter) -> Passes:
    is_a = _is_a(system, filter_)
    return lambda concept: not is_a(concept)


def _generalizes(system: CodeSystem, filter_: Filter) -> Passes:
    found = frozenset(system.above(_code(system, filter_)))
    return lambda concept: concept.code in found


def _exists(system: CodeSystem, filter_: Filter) -> Passes:
    if filter_.value not in ("true", "false"):
        raise BadRequest("the value of a filter 'exists' is true or false")
    values, wanted = _values(system, filter_), filter_.value == "true"
    return lambda concept: any(values(concept)) is wanted


def _regex(system: CodeSystem, filter_: Filter) -> Passes:
    """Match the whole value, as XML Schema does, from which FHIR takes its patterns."""
    values, pattern, spent = _values(system, filter_), _compiled(filter_.value), 0.0

    def matching(concept: Concept) -> bool:
        nonlocal spent
        start = monotonic()
        try:
            left = max(_TIME_LIMIT - spent, 0.001)
            return any(pattern.fullmatch(one, timeout=left) is not None for one in values(concept))
        except TimeoutError:
            raise NotSupported("the regular expression of a filter takes too long") from None
        finally:
            spent += monotonic() - start

    return matching


def _compiled(pattern: str) -> "regex.Pattern[str]":
    if len(pattern) > _MAX_PATTERN_LENGTH:
        raise BadRequest(f"the regular expression of a filter has more than {_MAX_PATTERN_LENGTH} characters")
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError):
        raise BadRequest("the value of a filter 'regex' is not a regular expression") from None


_OPERATORS: dict[str, Callable[[CodeSystem, Filter], Passes]] = {
    "=": _equals,
    "is-a": _is_a,
    "descendent-of": _descendent_of,
    "is-not-a": _is_not_a,
    "regex": _regex,
    "in": _in,
    "not-in": _not_in,
    "generalizes": _generalizes,
    "exists": _exists,
}


def _code(system: CodeSystem, filter_: Filter) -> str:
    """Return the code at which a filter on the hierarchy starts."""
    if filter_.property not in _ITSELF:
        raise NotSupported(f"the filter '{filter_.op}' is offered on concept, not on '{filter_.property[:64]}'")
    concept = system.get(filter_.value)
    return concept.code if concept else filter_.value


def _values(system: CodeSystem, filter_: Filter) -> _Values:
    """Return a function that reads the filtered property of a concept."""
    name = filter_.property
    if name in _ITSELF:
        return lambda concept: (concept.code,)
    if name == "display":
        return lambda concept: (concept.display,) if concept.display else ()
    if name == "definition":
        return lambda concept: (concept.definition,) if concept.definition else ()
    if name == "parent":
        return lambda concept: system.parents.get(concept.code, ())
    if name == "child":
        return lambda concept: system.children.get(concept.code, ())
    if name == "inactive":
        return lambda concept: ("true" if concept.inactive else "false",)
    if name == "notSelectable":
        return lambda concept: ("true" if concept.abstract else "false",)
    if name in system.kinds or any(concept.values(name) for concept in system.concepts.values()):
        return lambda concept: [one.text for one in concept.values(name)]
    raise NotSupported(f"the code system {system.url} has no property '{name[:64]}' to filter by")
