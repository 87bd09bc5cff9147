"""The invariants of the definitions, as FHIRPath on the element that carries them (https://hl7.org/fhir/R4/conformance-rules.html#constraints).

A rule is broken when it yields false; one that yields nothing (a comparison of dates of different precision) is not.
Only structurally sound resources come here, so that a rule speaks of what it was written for.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast

from gateway import budget
from gateway.errors import Severity
from gateway.fhir import path, r4
from gateway.fhir.validate import native
from gateway.fhir.validate.findings import ValidationIssue
from gateway.fhir.validate.shape import members
from gateway.fhir.validate.shortcuts import Holds, shortcut

_CHECKED = 500
"""Items of a list that are judged from one check of the budget to the next."""

# Rules that are not evaluated, with the reason.
SKIPPED = {
    "cid-0": "erratum of R4: it speaks of ChargeItemDefinition.name, which does not exist",
    "dom-6": "best practice by its own definition; it would be said of nearly every resource that a machine wrote",
}


class _Test(NamedTuple):
    expression: path.Expression
    finding: ValidationIssue
    looks_up: bool  # whether it speaks of %resource, which is dear to hand in
    holds: Holds | None  # true of what surely keeps the rule, without evaluating it


class _InvariantSlot(NamedTuple):
    path: str
    tests: tuple[_Test, ...]
    type: str  # of what to descend into; "" for a primitive without rules below


class Roots(NamedTuple):
    """%resource and %rootResource."""

    resource: dict[str, Any]
    root: dict[str, Any]


def broken(resource: dict[str, Any]) -> list[ValidationIssue]:
    """The findings of all rules that `resource` breaks, its entries and contained resources included."""
    return _of_type(resource["resourceType"], resource, Roots(resource, resource))


def _of_type(type_: str, value: dict[str, Any], roots: Roots) -> list[ValidationIssue]:
    tests, slots = _plan(type_)
    found = _failed(tests, value, roots)
    for key, child in value.items():
        slot = slots.get(key)
        if slot is None:
            continue
        if type(child) is not list:
            if bad := _in_slot(slot, key, child, roots):
                found += [one._replace(path=slot.path + one.path) for one in bad]
            continue
        for index, item in enumerate(child):
            if index % _CHECKED == _CHECKED - 1:
                budget.check()
            if bad := _in_slot(slot, key, item, roots):
                found += [one._replace(path=f"{slot.path}[{index}]{one.path}") for one in bad]
    return found


def _in_slot(slot: _InvariantSlot, key: str, value: Any, roots: Roots) -> list[ValidationIssue]:
    found = _failed(slot.tests, value, roots) if slot.tests and value is not None else []
    if slot.type == "Resource" and type(value) is dict:
        root = roots.root if key == "contained" else value
        return found + _of_type(value["resourceType"], value, Roots(value, root))
    if slot.type and type(value) is dict:
        return found + _of_type(slot.type, value, roots)
    return found


def _failed(tests: tuple[_Test, ...], value: Any, roots: Roots) -> list[ValidationIssue]:
    found = []
    for test in tests:
        if test.holds is not None and value.__class__ is dict and test.holds(value):
            continue
        try:
            if _results(test, value, roots) == [False]:
                found.append(test.finding)
        except path.PathError as error:
            text = f"not evaluated ({error.text}): {test.finding.text}"
            found.append(test.finding._replace(code="not-supported", severity="warning", text=text))
    return found


def _results(test: _Test, value: Any, roots: Roots) -> list[Any]:
    if test.looks_up:
        return test.expression(value, resource=roots.resource, rootResource=roots.root)
    return test.expression(value)


@cache
def _plan(type_: str) -> tuple[tuple[_Test, ...], dict[str, _InvariantSlot]]:
    slots: dict[str, _InvariantSlot] = {}
    for name, element in r4.types()[type_].elements.items():
        for key, code in members(name, element):
            _add_slots(slots, name, key, code, element)
    return _tests(_inherited(type_), type_), slots


def _add_slots(slots: dict[str, _InvariantSlot], name: str, key: str, code: str, element: r4.Element) -> None:
    below = f".{name}.ofType({code})" if element.choice else f".{name}"
    kind = r4.types()[code].kind
    tests = _tests(_applicable(element, code), code)
    if kind == "primitive":
        slots["_" + key] = _InvariantSlot(below, (), "Element")
        if tests:
            slots[key] = _InvariantSlot(below, tests, "")
    else:
        slots[key] = _InvariantSlot(below, tests, "Resource" if kind == "resource" else code)


def _applicable(element: r4.Element, code: str) -> Iterator[r4.Invariant]:
    """Rules of a choice may speak of the members of one form only: ras-1 of Range.low, where a decimal may stand."""
    for rule in element.rules:
        if not element.choice or _compiles(rule.expression, code):
            yield rule


def _compiles(expression: str, type_: str) -> bool:
    try:
        path.compile(expression, type_)
    except path.PathError:
        return False
    return True


def _inherited(type_: str | None) -> Iterator[r4.Invariant]:
    while type_ is not None:
        yield from r4.types()[type_].rules
        type_ = r4.types()[type_].base


def _tests(rules: Iterable[r4.Invariant], type_: str) -> tuple[_Test, ...]:
    return tuple(
        _Test(
            path.compile(rule.expression, type_),
            ValidationIssue("", "invariant", f"{rule.key}: {rule.human}", cast(Severity, rule.severity)),
            "%resource" in rule.expression or "%rootResource" in rule.expression,
            shortcut(rule.expression, type_),
        )
        for rule in rules
        if rule.key not in native.KEYS and rule.key not in SKIPPED
    )
