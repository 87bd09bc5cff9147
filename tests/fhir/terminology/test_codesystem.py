"""Code systems (https://hl7.org/fhir/R4/codesystem.html)."""

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.fhir.terminology.codesystem import CodeSystem, Designation
from tests.fhir.terminology.made import animals, concept, has, system


def test_concepts_of_all_levels_are_found_by_code() -> None:
    zoo = CodeSystem.of(animals())
    dog = zoo.get("dog")
    assert dog is not None and dog.display == "Dog"
    assert [property_.text for property_ in dog.values("legs")] == ["4"]
    assert zoo.get("horse") is None and zoo.get("DOG") is None
    assert zoo.complete and zoo.closed


def test_the_hierarchy_is_that_of_nesting_and_of_properties() -> None:
    zoo = CodeSystem.of(animals())
    assert list(zoo.below("mammal")) == ["mammal", "dog", "cat", "bat"]
    assert set(zoo.above("bat")) == {"bat", "mammal", "flier", "animal"}
    assert zoo.subsumes("flier", "bat") and zoo.subsumes("bat", "bat") and not zoo.subsumes("bat", "flier")
    assert list(zoo.below("horse")) == ["horse"]


@pytest.mark.parametrize("property_", ["parent", "subsumedBy"])
def test_a_concept_may_name_its_parents(property_: str) -> None:
    made = CodeSystem.of(system(concept("a"), concept("b", property=[has(property_, valueCode="a")])))
    assert made.subsumes("a", "b")


@pytest.mark.parametrize(
    ("meaning", "subsumes"), [("is-a", True), (None, True), ("part-of", False), ("grouped-by", False)]
)
def test_parts_and_groups_do_not_subsume(meaning: str | None, subsumes: bool) -> None:
    elements = {"hierarchyMeaning": meaning} if meaning else {}
    made = CodeSystem.of(system(concept("hand", concept("finger")), **elements))
    assert made.subsumes("hand", "finger") is subsumes
    assert list(made.below("hand")) == ["hand", "finger"]


def test_case_matters_unless_the_system_says_it_does_not() -> None:
    made = CodeSystem.of(system(concept("Dog"), caseSensitive=False))
    found = made.get("dOG")
    assert found is not None and found.code == "Dog"
    assert CodeSystem.of(system(concept("Dog"))).get("dog") is None


@pytest.mark.parametrize(
    ("properties", "abstract", "inactive"),
    [
        ([], False, False),
        ([has("notSelectable", valueBoolean=True)], True, False),
        ([has("abstract", valueCode="true")], True, False),
        ([has("inactive", valueBoolean=True)], False, True),
        ([has("status", valueCode="deprecated")], False, True),
        ([has("status", valueCode="active")], False, False),
        ([has("notSelectable", valueBoolean=False)], False, False),
    ],
)
def test_properties_say_whether_a_concept_is_abstract_or_inactive(
    properties: list[Any], abstract: bool, inactive: bool
) -> None:
    found = CodeSystem.of(system(concept("a", property=properties))).get("a")
    assert found is not None and (found.abstract, found.inactive) == (abstract, inactive)


def test_a_system_may_name_a_standard_property_otherwise() -> None:
    declared = [{"code": "group", "uri": "http://hl7.org/fhir/concept-properties#notSelectable", "type": "boolean"}]
    found = CodeSystem.of(system(concept("a", property=[has("group", valueBoolean=True)]), property=declared)).get("a")
    assert found is not None and found.abstract


def test_designations_have_a_language_and_a_use() -> None:
    names = [{"value": "Hund", "language": "de", "use": {"code": "display"}}]
    found = CodeSystem.of(system(concept("dog", designation=names))).get("dog")
    assert found is not None and found.designations == (Designation("Hund", "de", {"code": "display"}),)


@pytest.mark.parametrize(
    "resource",
    [{}, {"url": 3}, system({"display": "no code"}), system(concept("a", property=[{"valueCode": "b"}])), system(3)],  # type: ignore[arg-type]
)
def test_a_malformed_code_system_is_refused(resource: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="malformed"):
        CodeSystem.of({"resourceType": "CodeSystem", **resource})
