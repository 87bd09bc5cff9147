"""Check codes beyond required bindings. Only `$validate` does: it needs a terminology, and finds no errors.

It finds a Coding whose code system lacks the code or has another display, and codes outside the value set of an
extensible or preferred binding (https://hl7.org/fhir/R4/terminologies.html#strength). These are warnings at most: the
code systems in R4 have grown since, and resources are not refused for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from gateway.errors import BadRequest
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.terminology import Terminology
from gateway.fhir.terminology.table import bindings
from gateway.fhir.terminology.verdicts import Coded, is_called
from gateway.fhir.validate.findings import MOST, ValidationIssue, no_further, shown
from gateway.fhir.validate.shape import members

_CODED = ("Coding", "CodeableConcept")


class Spot(NamedTuple):
    """A Coding or CodeableConcept: its path, its codings, and the value set of its extensible or preferred binding."""

    path: str
    type: str
    codings: tuple[Coded, ...]
    strength: str = ""
    value_set: str = ""


class _CodingSlot(NamedTuple):
    path: str
    type: str
    many: bool
    strength: str = ""
    value_set: str = ""


def spots(resource: Resource) -> list[Spot]:
    """Return all codes of a sound resource and of the resources in it; paths begin below the resource."""
    return list(_within(resource["resourceType"], resource, ""))


def wanted(found: Iterable[Spot]) -> Iterator[tuple[Literal["CodeSystem", "ValueSet"], str]]:
    """Return (resource type, address) of what must be fetched to judge them."""
    for spot in found:
        yield from (("CodeSystem", one.system) for one in spot.codings if one.system)
        if spot.value_set:
            yield "ValueSet", spot.value_set


def findings(found: Iterable[Spot], terminology: Terminology) -> list[ValidationIssue]:
    """Judge the codes."""
    judged: dict[tuple[str, tuple[Coded, ...]], bool] = {}
    said: list[ValidationIssue] = []
    for spot in found:
        key = (spot.value_set, spot.codings)
        if spot.value_set and key not in judged:
            judged[key] = _is_in(spot.codings, spot.value_set, terminology)
        said += _codes(spot, terminology)
        said += _bound(spot) if spot.value_set and not judged[key] else ()
        if len(said) >= MOST:
            return [*said, no_further("")]
    return said


def _within(type_: str, value: dict[str, Any], path: str) -> Iterator[Spot]:
    slots = _slots(type_)
    for key, child in value.items():
        slot = slots.get(key)
        if slot is None:
            continue
        items = enumerate(child) if slot.many and isinstance(child, list) else [(-1, child)]
        for index, item in items:
            if isinstance(item, dict):
                place = f"{path}{slot.path}[{index}]" if index >= 0 else path + slot.path
                yield from _at(slot, item, place)


def _at(slot: _CodingSlot, value: dict[str, Any], path: str) -> Iterator[Spot]:
    if slot.type in _CODED:
        codings = value.get("coding", []) if slot.type == "CodeableConcept" else [value]
        yield Spot(path, slot.type, tuple(Coded.of(one) for one in codings), slot.strength, slot.value_set)
    type_ = value.get("resourceType") if slot.type == "Resource" else slot.type
    if isinstance(type_, str) and type_ in r4.types() and slot.type not in _CODED:
        yield from _within(type_, value, path)


@cache
def _slots(type_: str) -> dict[str, _CodingSlot]:
    """Return the elements that are codes or may contain some, by JSON name."""
    found = {}
    for name, element in r4.types()[type_].elements.items():
        strength, value_set = bindings().get(f"{type_}.{name}", ("", "")) if element.required is None else ("", "")
        for key, code in members(name, element):
            if r4.types()[code].kind != "primitive":
                path = f".{name}.ofType({code})" if element.choice else f".{name}"
                found[key] = _CodingSlot(path, code, element.many, strength, value_set)
    return found


def _codes(spot: Spot, terminology: Terminology) -> Iterator[ValidationIssue]:
    for index, coded in enumerate(spot.codings):
        path = f"{spot.path}.coding[{index}]" if spot.type == "CodeableConcept" else spot.path
        try:
            system = terminology.code_system(coded.system, coded.version) if coded.system else None
        except BadRequest:
            continue  # stored although it is not of the shape of a code system
        concept = system.get(coded.code) if system and coded.code else None
        if system is None or not coded.code or not (concept or system.closed):
            continue
        if concept is None:
            text = f"the code system {system.url} does not have the code {shown(coded.code)}"
            yield ValidationIssue(f"{path}.code", "code-invalid", text, "warning")
        elif coded.display and not is_called(coded.display, concept.display, concept.designations):
            text = f"{shown(coded.code)} of {system.url} is called {shown(concept.display)}, not {shown(coded.display)}"
            yield ValidationIssue(f"{path}.display", "invalid", text, "warning")


def _bound(spot: Spot) -> Iterator[ValidationIssue]:
    """Report codes that are not in the value set."""
    if spot.strength == "extensible":
        text = f"no code of the value set {spot.value_set}; there should be one, unless none of it fits"
        yield ValidationIssue(spot.path, "code-invalid", text, "warning")
    elif any(one.code for one in spot.codings):
        text = f"no code of the value set {spot.value_set}, which is preferred"
        yield ValidationIssue(spot.path, "code-invalid", text, "information")


def _is_in(codings: Sequence[Coded], value_set: str, terminology: Terminology) -> bool:
    """Return whether one of the codes is in the value set; True also if that cannot be decided."""
    try:
        known = terminology.needed(value_set)
        if not codings:
            terminology.expand(known)  # none of a value set that cannot be told either
        return any(one.code and one.system and terminology.find(known, one.system, one.code) for one in codings)
    except BadRequest:
        return True
