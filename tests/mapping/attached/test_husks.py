"""Values behind `where(…)` taken out: the item goes with the last of them, unless it holds something of its own."""

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.mapping.mapping import Mapping
from tests.mapping.attached.support import edit
from tests.mapping.support import load

GROUP = "class.where(type.coding.code = 'group')"
CODING = {"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "group", "display": "Group"}
PLAN = {"type": {"coding": [{"code": "plan"}]}, "value": "P1"}


def coverage(**item: Any) -> dict[str, Any]:
    group = {"type": {"coding": [CODING], "text": "Group"}, "value": "G1", **item}
    return {"resourceType": "Coverage", "id": "c1", "class": [group, PLAN]}


@pytest.fixture
def classes(tmp_path: Path) -> Mapping:
    lines = (f'group: {{path: "{GROUP}.value", type: text}}', f'group_name: {{path: "{GROUP}.name", type: text}}')
    return load(tmp_path / "mappings", *lines, type_="Coverage").by_type["Coverage"]


@pytest.fixture
def numbers(tmp_path: Path) -> Mapping:
    lines = (
        "mrn: {path: \"identifier.where(system = 'urn:mrn').value\", type: text}",
        "phone: {path: \"telecom.where(system = 'phone').value\", type: text}",
        "next_of_kin: {path: \"contact.where(relationship.coding.code = 'N').name.family\", type: text}",
        "pet: {path: \"extension('urn:pet').value.ofType(string)\", type: text}",
    )
    return load(tmp_path / "mappings", *lines).by_type["Patient"]


def test_an_item_goes_with_the_last_of_its_values(classes: Mapping) -> None:
    both = coverage(name="N")
    assert edit(both, classes, group=None, group_name=None).resource["class"] == [PLAN]
    assert edit(coverage(), classes, group=None).resource["class"] == [PLAN]
    assert edit(both, classes, group_name=None).resource["class"] == coverage()["class"]
    alone = {**coverage(), "class": coverage()["class"][:1]}
    assert "class" not in edit(alone, classes, group=None).resource


def test_a_value_that_another_one_describes_does_not_go_alone(classes: Mapping) -> None:
    with pytest.raises(Invalid) as refused:
        edit(coverage(name="N"), classes, group=None)
    assert refused.value.issues[0].expression == "group_name"


def test_an_item_with_content_of_its_own_stays_for_validation_to_judge(classes: Mapping) -> None:
    own = [{"url": "urn:x", "valueCode": "y"}]
    [left, plan] = edit(coverage(extension=own), classes, group=None).resource["class"]
    assert plan == PLAN and left == {"type": coverage()["class"][0]["type"], "extension": own}


def test_an_item_that_is_put_in_again_is_a_new_one(classes: Mapping) -> None:
    bare = {"resourceType": "Coverage", "id": "c1", "class": [PLAN]}
    new = edit(bare, classes, group="G2").resource["class"]
    assert new == [{"type": {"coding": [{"code": "group"}]}, "value": "G2"}, PLAN]


@pytest.mark.parametrize(
    ("field", "element", "item"),
    [
        ("mrn", "identifier", {"use": "official", "system": "urn:mrn", "value": "1", "period": {"start": "2020"}}),
        ("mrn", "identifier", {"id": "i", "system": "urn:mrn", "value": "1", "type": {"text": "MR"}}),
        ("mrn", "identifier", {"system": "urn:mrn", "value": "1", "extension": [{"url": "urn:x", "valueCode": "y"}]}),
        ("mrn", "identifier", {"system": "urn:mrn", "value": "1", "_value": {"extension": [{"url": "urn:x"}]}}),
        ("phone", "telecom", {"system": "phone", "use": "home", "rank": 1, "value": "1"}),
        (
            "next_of_kin",
            "contact",
            {"relationship": [{"coding": [{"code": "N", "display": "Next"}]}], "name": {"use": "usual", "family": "X"}},
        ),
        ("pet", "extension", {"id": "e", "url": "urn:pet", "valueString": "cat"}),
    ],
)
def test_nothing_is_left_that_only_said_what_a_value_was(
    numbers: Mapping, field: str, element: str, item: dict[str, Any]
) -> None:
    others = {"identifier": {"system": "urn:other", "value": "2"}, "telecom": {"system": "email", "value": "a@b"}}
    other = others.get(element, {"url": "urn:other", "valueCode": "c"})
    patient = {"resourceType": "Patient", "id": "p1", element: [item, other]}
    assert edit(patient, numbers, **{field: None}).resource[element] == [other]


def test_what_an_item_holds_besides_stays(numbers: Mapping) -> None:
    contact = {"relationship": [{"coding": [{"code": "N"}]}], "name": {"family": "X"}, "telecom": [{"value": "1"}]}
    patient = {"resourceType": "Patient", "id": "p1", "contact": [contact]}
    [left] = edit(patient, numbers, next_of_kin=None).resource["contact"]
    assert left == {"relationship": contact["relationship"], "telecom": [{"value": "1"}]}
