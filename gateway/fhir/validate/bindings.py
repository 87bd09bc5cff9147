"""Required bindings (https://hl7.org/fhir/R4/terminologies.html#required).

Of value sets that the definitions cannot expand by themselves, those in `syntax` are held to the form of their codes,
the others are not checked.
"""

from collections.abc import Mapping
from heapq import nsmallest
from itertools import chain
from typing import Any

from gateway.fhir import r4
from gateway.fhir.terminology.syntax import FORMS
from gateway.fhir.validate.findings import Check, ValidationIssue, shown

_NAMED = 12


def bound(type_: str, value_set: str, check: Check) -> Check:
    """`check`, the check of a value of `type_`, and that its code is of `value_set`."""
    systems = r4.codes().get(value_set)
    if systems is None:
        return _formed(value_set, check) if type_ == "code" and value_set in FORMS else check
    if type_ == "code":
        return _bound_code(value_set, systems, check)
    if type_ == "Coding":
        return _bound_coding(value_set, systems, check)
    if type_ != "CodeableConcept":
        return check
    return _bound_concept(value_set, systems, check)


def _formed(value_set: str, check: Check) -> Check:
    form, has_form = FORMS[value_set]

    def formed_check(value: Any) -> list[ValidationIssue]:
        if type(value) is str and has_form(value):
            return []
        return check(value) or [ValidationIssue("", "code-invalid", f"{shown(value)} is not {form}")]

    return formed_check


def first_codes(systems: Mapping[str, frozenset[str]]) -> str:
    """Name the first few codes, for the text of a finding."""
    first = dict.fromkeys(nsmallest(_NAMED + 1, chain.from_iterable(systems.values())))
    return ", ".join([*first][:_NAMED]) + (", …" if len(first) > _NAMED else "")


def _bound_code(value_set: str, systems: dict[str, frozenset[str]], check: Check) -> Check:
    codes = frozenset().union(*systems.values())

    def bound_check(value: Any) -> list[ValidationIssue]:
        if type(value) is str and value in codes:
            return []
        return check(value) or [_outside(shown(value), value_set, systems)]

    return bound_check


def _bound_coding(value_set: str, systems: dict[str, frozenset[str]], check: Check) -> Check:
    def bound_check(value: Any) -> list[ValidationIssue]:
        found = check(value)
        if found or value.get("code") in systems.get(value.get("system"), ()) or "code" not in value:
            return found
        return [_outside(f"{value.get('system', '')}|{value['code']}", value_set, systems)]

    return bound_check


def _bound_concept(value_set: str, systems: dict[str, frozenset[str]], check: Check) -> Check:
    """A concept with a coding or a text needs one coding of the set; one with extensions only says why it has none."""

    def bound_check(value: Any) -> list[ValidationIssue]:
        found = check(value)
        if found or not ("coding" in value or "text" in value):
            return found
        codings = value.get("coding", ())
        if any(coding.get("code") in systems.get(coding.get("system"), ()) for coding in codings):
            return []
        given = ", ".join(f"{c.get('system', '')}|{c.get('code', '')}" for c in codings[:3]) or "a text alone"
        return [_outside(given, value_set, systems)]

    return bound_check


def _outside(given: str, value_set: str, systems: dict[str, frozenset[str]]) -> ValidationIssue:
    text = f"{given} is not in the required value set {value_set}: {first_codes(systems)}"
    return ValidationIssue("", "code-invalid", text)
