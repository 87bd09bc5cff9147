"""$lastn: https://hl7.org/fhir/R4/observation-operation-lastn.html"""

from typing import Any

import pytest

from gateway.search.operations.lastn import Dated, coded, last


def dated(item: str, at: int, *codes: str, **code: Any) -> Dated[str]:
    codings = [{"system": "s", "code": one} for one in codes]
    return Dated({**({"coding": codings} if codings else {}), **code}, at, item)


def test_the_newest_of_each_code_are_chosen() -> None:
    observations = [dated("a3", 3, "a"), dated("b2", 2, "b"), dated("a2", 2, "a"), dated("a1", 1, "a")]
    assert last(observations, 1) == ["a3", "b2"]
    assert last(observations, 2) == ["a3", "b2", "a2"]


def test_more_are_chosen_where_several_are_equally_old() -> None:
    observations = [dated("x", 3, "a"), dated("y", 3, "a"), dated("z", 2, "a")]
    assert last(observations, 1) == ["x", "y"]


def test_codes_that_ever_stand_together_are_one_kind() -> None:
    observations = [dated("x", 3, "a"), dated("y", 2, "b"), dated("both", 1, "a", "b")]
    assert last(observations, 1) == ["x"]
    chained = [dated("x", 4, "a"), dated("y", 3, "c"), dated("ab", 2, "a", "b"), dated("bc", 1, "b", "c")]
    assert last(chained, 1) == ["x"]


def test_the_same_code_of_another_system_is_another_kind() -> None:
    other = Dated({"coding": [{"system": "t", "code": "a"}]}, 1, "t")
    assert last([dated("s", 2, "a"), other], 1) == ["s", "t"]


def test_a_code_of_text_alone_goes_by_its_text() -> None:
    observations = [dated("x", 3, text="Weight"), dated("y", 2, text="Weight"), dated("z", 1, text="Height")]
    assert last(observations, 1) == ["x", "z"]


def test_odd_codings_count_as_none() -> None:
    observations = [Dated({"coding": ["odd", {"display": "x"}]}, 2, "x"), Dated({}, 1, "y")]
    assert last(observations, 1) == ["x"]


def test_no_observations_leave_none() -> None:
    assert last([], 1) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("code", True),
        ("code:in", True),
        ("combo-code", True),
        ("category", True),
        ("code-value-quantity", True),
        ("value-concept", False),
        ("subject", False),
        ("date", False),
        ("status", False),
        ("nonsense", False),
    ],
)
def test_a_parameter_says_what_was_observed(name: str, expected: bool) -> None:
    assert coded(name) is expected
