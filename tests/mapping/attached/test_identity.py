"""Whether two values say the same."""

from typing import Any

import pytest

from gateway.mapping.attached.identity import codings_replaced, same, still_true, units_agree

UCUM = "http://unitsofmeasure.org"
A, B, L = ({"system": "urn:s", "code": "a"}, {"system": "urn:s", "code": "b"}, {"system": "urn:l", "code": "l"})


@pytest.mark.parametrize(
    ("before", "after", "stayed"),
    [
        ([A], [B], []),
        ([A, L], [B, L], [1]),
        ([A], [A, L], None),
        ([A, L], [L], None),
        ([A], [], None),
        ([{"code": "a"}], [A], None),  # a system named later makes no other code
        ([{"display": "x"}], [A], None),
        ([A], [{"display": "x"}], None),
    ],
)
def test_codings_are_replaced_when_one_gives_way_to_another(
    before: list[Any], after: list[Any], stayed: list[int] | None
) -> None:
    assert codings_replaced({"coding": before}, {"coding": after}) == stayed


@pytest.mark.parametrize("codings", [None, "x", [None, 7], [{"code": 7}]])
def test_codings_of_any_shape_can_be_compared(codings: Any) -> None:
    assert codings_replaced({"coding": codings}, {"coding": [A]}) in (None, [])


def test_an_identifier_is_its_number() -> None:
    old = {"system": "urn:x", "value": "1", "use": "old"}
    assert same("Reference", "identifier", old, {"system": "urn:x", "value": "1"})
    assert not same("Reference", "identifier", old, {"system": "urn:x", "value": "2"})
    assert not same("Coding", "code", "a", "b")


@pytest.mark.parametrize(
    ("unit", "code", "agree"),
    [
        ("lb", "[lb_av]", True),
        ("kg", "[lb_av]", False),
        ("mmHg", "mm[Hg]", True),
        ("mg/dL", "mmol/L", False),
        ("C", "Cel", True),
        ("mmol/L", "meq/L", False),
        ("tablet", "{tbl}", None),
        ("stones or so", "kg", None),
        ("kg", "no unit", None),
        (7, "kg", None),
    ],
)
def test_a_unit_is_held_against_the_code_where_both_can_be_read(unit: Any, code: str, agree: bool | None) -> None:
    assert units_agree({"unit": unit, "system": UCUM, "code": code}) is agree


def test_a_code_of_another_system_contradicts_no_unit() -> None:
    assert units_agree({"unit": "kg", "system": "urn:local", "code": "[lb_av]"}) is None


def test_what_still_fits_the_new_value_may_stay() -> None:
    assert still_true("Reference", "type", {"reference": "Patient/2", "type": "Patient"})
    assert not still_true("Reference", "type", {"reference": "Group/2", "type": "Patient"})
    assert not still_true("Reference", "display", {"reference": "Patient/2", "display": "Ada"})
