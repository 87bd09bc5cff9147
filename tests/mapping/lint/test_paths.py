"""What the R4 definitions tell about a path."""

import pytest

from gateway.fhir.path.parser import parse
from gateway.mapping.lint import paths


@pytest.mark.parametrize(
    ("type_", "path", "count"),
    [
        ("Patient", "gender", "one"),
        ("Patient", "name", "many"),
        ("Patient", "name.family", "many"),
        ("Patient", "name.first().family", "one"),
        ("Patient", "name[0].family", "one"),
        ("Patient", "name.where(use='old').family", "chosen"),
        ("Patient", "maritalStatus.where(text='x').text", "one"),
        ("Observation", "value.ofType(Quantity).unit", "one"),
        ("Patient", "name.count()", None),
    ],
)
def test_how_many_values_a_path_finds(type_: str, path: str, count: str | None) -> None:
    assert paths.multiplicity(parse(path), frozenset({type_})) == count


@pytest.mark.parametrize(
    ("path", "value_set"),
    [
        ("gender", "http://hl7.org/fhir/ValueSet/administrative-gender"),
        ("name.use", "http://hl7.org/fhir/ValueSet/name-use"),
        ("maritalStatus.coding.code", None),
        ("birthDate", None),
    ],
)
def test_a_required_binding_is_found(path: str, value_set: str | None) -> None:
    assert paths.required(parse(path), frozenset({"Patient"})) == value_set


def test_the_codes_of_a_value_set_are_listed_in_order_and_cut() -> None:
    codes = paths.codes("http://hl7.org/fhir/ValueSet/administrative-gender")
    assert codes == {"male", "female", "other", "unknown"}
    assert paths.listed(codes) == "female, male, other, unknown"
    assert paths.listed(frozenset("abcdefghijklmn")) == "a, b, c, d, e, f, g, h, i, j, k, l and 2 more"
    assert paths.codes(None) == frozenset()


@pytest.mark.parametrize(
    ("path", "reasons"),
    [
        ("name.where(use = 'official').family", []),
        (
            "name.where(use = 'oficial').family",
            [
                "'oficial' is not a code of http://hl7.org/fhir/ValueSet/name-use; "
                "it has anonymous, maiden, nickname, official, old, temp, usual"
            ],
        ),
        ("gender.ofType(Quantity)", ["can never be Quantity, only code"]),
    ],
)
def test_parts_that_never_yield_anything_are_found(path: str, reasons: list[str]) -> None:
    assert list(paths.dead(parse(path), frozenset({"Patient"}))) == reasons


def test_the_clock_and_other_resources_are_found() -> None:
    assert list(paths.clock(parse("iif(birthDate > today(), now(), 'a')"))) == ["today()", "now()"]
    assert paths.looks_outside(parse("subject.resolve().name"))
    assert not paths.looks_outside(parse("subject.resolve()"))
    assert not paths.looks_outside(parse("subject.where(reference.startsWith('#')).resolve().name"))
