"""Check the invariants of the definitions, FHIRPath that is evaluated on each element that has them.

A rule is broken if it is false. An empty result, as of comparing dates of different precision, does not break it. Only
structurally valid resources are checked, because rules were written for these.
https://hl7.org/fhir/R4/conformance-rules.html#constraints
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
"""Items of a list between two checks of the budget."""

# The rules that are not checked, with the reason.
SKIPPED = {
    "cid-0": "erratum of R4: it uses ChargeItemDefinition.name, which does not exist",
    "dom-6": "best practice by its own definition, and broken by nearly every resource that a computer wrote",
}


class _Test(NamedTuple):
    """A compiled rule.

    finding: the issue of an element that breaks it.
    looks_up: whether it uses %resource or %rootResource. To pass them takes time, so others do not get them.
    holds: True for elements that keep the rule for certain, without evaluating it; None if there is no such shortcut.
    """

    expression: path.Expression
    finding: ValidationIssue
    looks_up: bool
    holds: Holds | None


class _InvariantSlot(NamedTuple):
    """A member of an object whose value has rules, or has elements with rules below it.

    type: the type of its value, "" for a primitive value.
    """

    path: str
    tests: tuple[_Test, ...]
    type: str


class Roots(NamedTuple):
    """The values of %resource and %rootResource."""

    resource: dict[str, Any]
    root: dict[str, Any]


def broken(resource: dict[str, Any]) -> list[ValidationIssue]:
    """Return an issue for each rule that `resource`, or a resource in it, breaks."""
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
                found += [issue._replace(path=slot.path + issue.path) for issue in bad]
            continue
        for index, item in enumerate(child):
            if index % _CHECKED == _CHECKED - 1:
                budget.check()
            if bad := _in_slot(slot, key, item, roots):
                found += [issue._replace(path=f"{slot.path}[{index}]{issue.path}") for issue in bad]
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
    """Yield the rules that fit one type of a choice. ras-1 uses Range.low, but its element may be a decimal too."""
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
