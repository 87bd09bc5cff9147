"""The check itself: what it must find in edits that were made wrongly, or it proves nothing."""

from typing import Any

import pytest

from gateway.mapping.proofs.contradictions import contradictions, husks
from tests.mapping.attached.support import UNKNOWN, absent, german


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", **elements}


def condition(**concept: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c1", "code": concept}


CASES = [
    (
        patient(gender="male", _gender={"extension": [UNKNOWN]}),
        patient(gender="female", _gender={"extension": [UNKNOWN]}),
        "Patient.gender",
    ),
    (
        patient(_birthDate={"extension": [absent()]}),
        patient(birthDate="1970", _birthDate={"extension": [absent()]}),
        "Patient.birthDate",
    ),
    (
        condition(text="old", _text={"extension": [german("alt")]}),
        condition(text="new", _text={"extension": [german("alt")]}),
        "Condition.code.text",
    ),
    (
        condition(coding=[{"code": "a", "display": "A"}]),
        condition(coding=[{"code": "b", "display": "A"}]),
        "Condition.code.coding.display",
    ),
    (
        {"resourceType": "Observation", "id": "o", "valueString": "a", "interpretation": [{"text": "H"}]},
        {"resourceType": "Observation", "id": "o", "valueString": "b", "interpretation": [{"text": "H"}]},
        "Observation.interpretation",
    ),
    (
        patient(name=[{"given": ["A", "B"], "_given": [None, {"extension": [UNKNOWN]}]}]),
        patient(name=[{"given": ["A", "C"], "_given": [None, {"extension": [UNKNOWN]}]}]),
        "Patient.name.given",
    ),
]


@pytest.mark.parametrize(("before", "after", "element"), CASES, ids=[case[2] for case in CASES])
def test_what_is_left_beside_another_value_is_found(before: Any, after: Any, element: str) -> None:
    assert [found for found, _ in contradictions(before, after)] == [element]
    assert list(contradictions(before, before)) == []


def test_items_that_change_places_contradict_nothing() -> None:
    one, two = {"code": "a", "display": "A"}, {"code": "b", "display": "B"}
    assert list(contradictions(condition(coding=[one, two]), condition(coding=[two, one]))) == []


def test_words_that_are_written_anew_contradict_nothing() -> None:
    one = {"code": "a", "display": "A"}
    added = condition(coding=[one, {"system": "urn:t", "code": "t", "display": "A"}])
    assert list(contradictions(condition(coding=[one]), added)) == []


def test_husks_are_found() -> None:
    before = patient(identifier=[{"system": "urn:x", "use": "official", "value": "1"}])
    after = patient(identifier=[{"system": "urn:x", "use": "official"}])
    assert [element for element, _ in husks(before, after)] == ["Patient.identifier"]
    assert list(husks(before, patient())) == [] and list(husks(after, after)) == []


def test_a_description_that_never_had_a_value_is_not_left_over_from_another_object() -> None:
    complete = {"system": "urn:a", "code": "a", "userSelected": True}
    before = condition(coding=[complete, {"userSelected": False}])
    after = condition(coding=[complete, {"userSelected": True}])
    assert list(husks(before, after)) == []
    beside = condition(coding=[{"userSelected": True}, {**complete, "display": "A"}])
    assert list(husks(condition(coding=[{"userSelected": True}, complete]), beside)) == []
    assert [element for element, _ in husks(before, condition(coding=[{"userSelected": True}]))] == [
        "Condition.code.coding"
    ]
