"""Trees, aggregates and iif (https://hl7.org/fhirpath/N1/#tree-navigation, #aggregates)."""

from typing import Any

import pytest

from gateway.fhir import path
from gateway.fhir.path.errors import PathError
from tests.fhir.path.functions.cases import values

QUESTIONNAIRE = {
    "resourceType": "Questionnaire",
    "item": [{"linkId": "1", "item": [{"linkId": "1.1", "item": [{"linkId": "1.1.1"}]}]}, {"linkId": "2"}],
}


def test_repeat_follows_items_level_by_level() -> None:
    assert path.compile("repeat(item).linkId")(QUESTIONNAIRE) == ["1", "2", "1.1", "1.1.1"]


def test_repeat_stops_at_what_it_has_seen_and_repeat_all_does_not() -> None:
    assert values("1.repeat(iif($this < 3, $this + 1, 1))") == [2, 3, 1]
    with pytest.raises(PathError, match=r"the repetition does not end|too much work"):
        values("1.repeatAll(iif($this < 3, $this + 1, 1))")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(1|2|3|4|5|6|7|8|9).aggregate($this + $total, 0)", [45]),
        ("(1|2|3|4|5|6|7|8|9).aggregate($this + $total, 2)", [47]),
        ("(3|1|2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))", [1]),
        ("(3|1|2).aggregate(iif($total.empty(), $this, iif($this > $total, $this, $total)))", [3]),
        ("{}.aggregate($this + $total, 7)", [7]),
        ("{}.aggregate($this + $total)", []),
        ("iif(active, 'yes', 'no')", ["yes"]),
        ("iif(photo.exists(), 'yes', 'no')", ["no"]),
        ("iif({}, 'yes')", []),
        ("iif(active, 1, 1 + 'a')", [1]),
        ("name.given.sort()", ["James", "Jim", "Peter"]),
        ("name.given.sort($this desc)", ["Peter", "Jim", "James"]),
        ("(3|1|2).sort(-$this)", [3, 2, 1]),
        ("name.sort(family, use).use", ["usual", "official"]),
        ("name.sort(family desc).use", ["usual", "official"]),
        ("coalesce(photo, name.family, 1)", ["Chalmers"]),
        ("coalesce({}, {})", []),
        ("contact.children().count()", [1]),
        ("contact.name.children()", ["du Marché"]),
        ("contact.descendants().count()", [5]),
    ],
)
def test_iteration(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


def test_descendants_reach_extensions_of_primitives() -> None:
    assert "VV" in values("contact.descendants()")
    assert values("descendants().where($this is dateTime)") == ["1974-12-25T14:35:45-05:00"]


def test_a_step_of_sort_that_has_no_order_is_an_error() -> None:
    with pytest.raises(PathError, match="have no order"):
        values("(1).combine('a').sort()")
