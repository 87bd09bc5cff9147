"""Criteria of `where(…)` say which items are meant and what a new item must hold."""

from typing import Any

import pytest

from gateway.fhir.path.parser import parse
from gateway.mapping.places.criteria import ANY, Criteria, criteria, criteria_of_url
from gateway.mapping.values.lens import Unwritable


def of(condition: str, type_: str = "Identifier") -> Criteria:
    return criteria(parse(condition), type_)


@pytest.mark.parametrize(
    ("type_", "condition", "skeleton"),
    [
        ("Identifier", "system = 'urn:mrn'", {"system": "urn:mrn"}),
        ("Identifier", "'urn:mrn' = system and use = 'usual'", {"system": "urn:mrn", "use": "usual"}),
        ("Identifier", "type.coding.code = 'MR'", {"type": {"coding": [{"code": "MR"}]}}),
        ("Identifier", "'MR' in type.coding.code", {"type": {"coding": [{"code": "MR"}]}}),
        (
            "Identifier",
            "type.coding.where(system = 's' and code = 'MR').exists()",
            {"type": {"coding": [{"system": "s", "code": "MR"}]}},
        ),
        ("Identifier", "use = 'old' and period.end.empty()", {"use": "old"}),
        ("Patient.communication", "preferred", {"preferred": True}),
    ],
)
def test_equalities_say_what_a_new_item_holds(type_: str, condition: str, skeleton: dict[str, Any]) -> None:
    found = of(condition, type_)
    assert found.new() == skeleton
    assert found.matches(skeleton, None)


@pytest.mark.parametrize("condition", ["use != 'old'", "system = 'a' or use = 'old'", "value.startsWith('1')"])
def test_a_condition_that_does_not_say_it_is_refused(condition: str) -> None:
    with pytest.raises(Unwritable, match="write equalities joined by `and`"):
        of(condition)


def test_items_that_do_not_meet_the_condition_are_not_meant() -> None:
    found = of("system = 'urn:mrn'")
    assert found.matches({"system": "urn:mrn", "value": "1"}, None)
    assert not found.matches({"system": "urn:other"}, None)
    assert not found.matches({}, None)
    assert not found.matches(None, None)


def test_two_conditions_are_met_together_or_refused() -> None:
    both = of("system = 'a'").combined_with(of("use = 'old'"))
    assert both.new() == {"system": "a", "use": "old"}
    assert not both.matches({"system": "a"}, None)
    with pytest.raises(Unwritable, match="contradict each other"):
        of("system = 'a'").combined_with(of("system = 'b'"))


def test_the_url_of_an_extension_is_a_criterion() -> None:
    found = criteria_of_url("urn:x")
    assert found.new() == {"url": "urn:x"}
    assert found.matches({"url": "urn:x", "valueCode": "a"}, None) and not found.matches({"url": "urn:y"}, None)
    assert ANY.matches({"url": "urn:y"}, None) and ANY.new() == {}


def test_new_items_share_nothing() -> None:
    found = of("type.coding.code = 'MR'")
    found.new()["type"]["coding"].append("changed")
    assert found.new() == {"type": {"coding": [{"code": "MR"}]}}
