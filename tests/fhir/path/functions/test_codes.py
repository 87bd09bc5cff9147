"""memberOf, subsumes and subsumedBy (https://hl7.org/fhir/R4/fhirpath.html#functions)."""

from typing import Any

import pytest

from gateway.fhir import path
from gateway.fhir.path.errors import PathError

GENDER = "http://hl7.org/fhir/ValueSet/administrative-gender"
STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def values(expression: str, **variables: Any) -> list[Any]:
    return path.compile(expression)({"resourceType": "Patient", "gender": "female"}, **variables)


def coding(code: str, system: str = STATUS) -> tuple[str, Any]:
    return ("Coding", {"system": system, "code": code})


def test_a_code_is_looked_up_in_a_value_set_of_one_system() -> None:
    assert values(f"gender.memberOf('{GENDER}')") == [True]
    assert values(f"'robot'.memberOf('{GENDER}')") == [False]
    assert values(f"gender.memberOf('{GENDER}|4.0.1')") == [True]
    assert values(f"{{}}.memberOf('{GENDER}')") == []


def test_a_coding_needs_the_right_system() -> None:
    system = "http://hl7.org/fhir/administrative-gender"
    assert values(f"%c.memberOf('{GENDER}')", c=coding("female", system)) == [True]
    assert values(f"%c.memberOf('{GENDER}')", c=coding("female", "http://example.org")) == [False]


def test_one_coding_of_a_concept_is_enough() -> None:
    concept = {"coding": [coding("x")[1], coding("male", "http://hl7.org/fhir/administrative-gender")[1]]}
    assert values(f"%c.memberOf('{GENDER}')", c=("CodeableConcept", concept)) == [True]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("gender.memberOf('http://example.org/vs')", r"the value set http://example.org/vs is not known"),
        (f"1.memberOf('{GENDER}')", r"a code expected, System\.Integer found"),
        ("gender.subsumes(gender)", "Coding or CodeableConcept expected, code found"),
    ],
)
def test_what_cannot_be_answered_is_an_error(expression: str, reason: str) -> None:
    with pytest.raises(PathError, match=reason):
        values(expression)


def test_the_hierarchy_of_a_code_system_decides() -> None:
    """condition-clinical: recurrence and relapse are below active."""
    active, relapse, resolved = coding("active"), coding("relapse"), coding("resolved")
    assert values("%a.subsumes(%b)", a=active, b=relapse) == [True]
    assert values("%a.subsumedBy(%b)", a=relapse, b=active) == [True]
    assert values("%a.subsumes(%b)", a=relapse, b=active) == [False]
    assert values("%a.subsumes(%b)", a=active, b=resolved) == [False]
    assert values("%a.subsumes(%b)", a=active, b=active) == [True]
    assert values("%a.subsumes({})", a=active) == []


def test_an_unknown_hierarchy_is_an_error_and_no_no() -> None:
    a, b = coding("a", "http://example.org"), coding("b", "http://example.org")
    assert values("%a.subsumes(%a)", a=a) == [True]
    with pytest.raises(PathError, match="the hierarchy of the code system is not known"):
        values("%a.subsumes(%b)", a=a, b=b)
