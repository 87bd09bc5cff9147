"""Errors that show without data (https://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation)."""

import pytest

from gateway.fhir.path.check import check
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.parser import parse


@pytest.mark.parametrize(
    ("expression", "type_", "types"),
    [
        ("Patient.name", "Patient", {"HumanName"}),
        ("name.given", "Patient", {"string"}),
        ("birthDate | deceased", "Patient", {"date", "dateTime", "boolean"}),
        ("value as Quantity", "Observation", {"Quantity"}),
        ("value.ofType(Quantity).value", "Observation", {"decimal"}),
        ("name.exists()", "Patient", {"System.Boolean"}),
        ("name.given = 'a'", "Patient", {"System.Boolean"}),
        ("name.first().family", "Patient", {"string"}),
        ("name.select(period.start)", "Patient", {"dateTime"}),
        ("iif(active, name.family, birthDate)", "Patient", {"string", "date"}),
        ("name.union(contact.name)", "Patient", {"HumanName"}),
        ("name[0]", "Patient", {"HumanName"}),
        ("name is HumanName", "Patient", {"System.Boolean"}),
        ("-multipleBirth", "Patient", {"boolean", "integer"}),
        ("contained", "Patient", None),
        ("contained.nonsense", "Patient", None),
        ("managingOrganization.resolve().nonsense", "Patient", None),
        ("%any.nonsense", "Patient", None),
        ("1 + 1", "Patient", None),
    ],
)
def test_the_types_of_a_result(expression: str, type_: str, types: set[str] | None) -> None:
    assert check(parse(expression), type_) == types


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("name.nonsense", "HumanName has no element nonsense"),
        ("Observation.status", "the input is not of type Observation"),
        ("name.where(nonsense)", "HumanName has no element nonsense"),
        ("iif('x', 1)", "a condition must be a Boolean"),
        ("children().first()", "the result of children() has no order"),
        ("descendants()[0]", "the result of descendants() has no order"),
        ("gender = male", "a text is written in single quotes: 'male'"),
    ],
)
def test_an_expression_that_can_never_apply_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(PathError) as caught:
        check(parse(expression), "Patient")
    assert caught.value.phase == "semantic"
    assert reason in caught.value.reason


def test_an_unknown_type_of_input_is_refused() -> None:
    with pytest.raises(PathError, match="there is no type Nonsense"):
        check(parse("id"), "Nonsense")
