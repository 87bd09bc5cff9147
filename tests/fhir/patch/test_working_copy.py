"""The copy that a FHIRPath patch works on: each element can be found again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import path
from gateway.fhir.patch.working_copy import ElementPlaces, closed, identity, members, opened
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Nodes

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "active": True,
    "birthDate": "1974-12-25",
    "_birthDate": {"extension": [{"url": "u", "valueCode": "x"}]},
    "name": [{"given": ["A", "A"], "_given": [None, {"id": "g"}]}, {"given": ["A"]}],
    "contained": [{"resourceType": "Group", "actual": True}],
}


def nodes(root: dict[str, Any], expression: str) -> Nodes:
    return compiled(parse(expression))(Scope(("Patient", root, None)))


def test_every_primitive_gets_an_object_beside_it() -> None:
    root = opened(PATIENT)
    assert root["_active"] == {} and root["name"][0]["_given"] == [{}, {"id": "g", "_id": {}}]
    assert "_resourceType" not in root


def test_closing_undoes_opening() -> None:
    assert closed(opened(PATIENT)) == PATIENT


VALUES = st.text("ab", min_size=1, max_size=2)
NAMES = st.fixed_dictionaries({}, optional={"family": VALUES, "given": st.lists(VALUES, min_size=1, max_size=3)})


@given(st.lists(NAMES.filter(bool), min_size=1, max_size=3), VALUES)
def test_closing_undoes_opening_of_any_resource(names: list[dict[str, Any]], text: str) -> None:
    patient = {"resourceType": "Patient", "id": text, "name": names}
    assert closed(opened(patient)) == patient


def test_closing_removes_what_is_empty() -> None:
    assert closed({"resourceType": "Patient", "name": [{}], "_active": {}, "link": []}) == {"resourceType": "Patient"}


def test_equal_primitives_have_different_places() -> None:
    root = opened(PATIENT)
    places = ElementPlaces(root)
    found = [places.of(node) for node in nodes(root, "name.given")]
    assert [(place.key, place.under, place.index) for place in found if place] == [
        ("given", "_given", 0),
        ("given", "_given", 1),
        ("given", "_given", 0),
    ]
    assert len({identity(node) for node in nodes(root, "name.given")}) == 3


def test_a_place_knows_the_type_of_its_holder() -> None:
    root = opened(PATIENT)
    [actual] = nodes(root, "contained.actual")
    place = ElementPlaces(root).of(actual)
    assert place is not None and (place.type, place.key, place.index) == ("Group", "actual", None)


def test_the_index_of_a_place_follows_its_element() -> None:
    root = opened(PATIENT)
    place = ElementPlaces(root).of(nodes(root, "name[1]")[0])
    assert place is not None and place.index == 1
    del root["name"][0]
    assert place.index == 0


def test_new_elements_have_a_place_after_they_are_announced() -> None:
    root = opened(PATIENT)
    places = ElementPlaces(root)
    assert places.of(nodes(root, "active")[0]) is not None
    root["name"].append(opened({"family": "New"}))
    [added] = nodes(root, "name.last()")
    assert places.of(added) is None
    places.changed(root, "Patient", "name")
    place = places.of(added)
    assert place is not None and place.index == 2


def test_a_value_that_is_computed_has_no_place() -> None:
    root = opened(PATIENT)
    assert ElementPlaces(root).of(("System.String", "A", {})) is None
    assert path.compile("name.given.first()")(closed(root)) == ["A"]


def test_the_members_of_a_type_by_their_json_names() -> None:
    assert members("Observation")["valueQuantity"][0] == "value"
    assert members("Patient")["name"][0] == "name"
    assert members("Nonsense") == {}
