"""Values are put at the end of a path; all else stays the same object."""

from typing import Any

import pytest

from gateway.mapping.places.place import parse_place
from gateway.mapping.values.lens import Origins, Unwritable
from gateway.mapping.writing.json_edit import ElementValue, Pair, replaced, standing


def steps(path: str, type_: str = "Patient") -> Any:
    return parse_place(path, type_).steps


def put(node: dict[str, Any], path: str, *values: Any, keep: tuple[int, ...] = ()) -> dict[str, Any]:
    """Keep the old values `keep`, and write new ones after them."""
    way = steps(path)
    key = way[-1].key
    pairs: list[Pair] = [(index, None) for index in keep]
    pairs += [(None, lambda item, value=value: ElementValue(key, value)) for value in values]  # type: ignore[misc]
    return replaced(node, way, pairs, Origins())


def test_values_are_found_in_order_with_what_stands_beside_them() -> None:
    node = {"name": [{"given": ["A", None, "B"], "_given": [None, {"id": "x"}, {"id": "y"}]}, {"given": ["C"]}]}
    found = standing(node, steps("name.given"))
    assert [(item.raw, item.beside) for item in found] == [("A", None), ("B", {"id": "y"}), ("C", None)]


def test_only_items_that_meet_the_criteria_are_found() -> None:
    node = {"identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"}]}
    assert [item.raw for item in standing(node, steps("identifier.where(system='b').value"))] == ["2"]


def test_a_new_value_makes_the_objects_on_its_way() -> None:
    assert put({}, "identifier.where(system='b').value", "2") == {"identifier": [{"system": "b", "value": "2"}]}
    assert put({}, "maritalStatus.text", "wed") == {"maritalStatus": {"text": "wed"}}
    assert put({}, "birthDate.extension('urn:x').value.ofType(code)", "a") == {
        "_birthDate": {"extension": [{"url": "urn:x", "valueCode": "a"}]}
    }


def test_what_an_edit_does_not_concern_is_the_same_object() -> None:
    node = {"identifier": [{"system": "a", "value": "1"}], "gender": "male"}
    new = put(node, "identifier.where(system='b').value", "2")
    assert new["identifier"][1] is node["identifier"][0] and list(new) == list(node)
    assert node == {"identifier": [{"system": "a", "value": "1"}], "gender": "male"}


def test_an_item_without_its_value_goes_unless_it_says_more() -> None:
    path = "contact.where(gender='male').name.text"
    telecom = [{"value": "1"}]
    assert put({"contact": [{"gender": "male", "name": {"text": "A"}}]}, path) == {}
    assert put({"contact": [{"gender": "male", "name": {"text": "A"}, "telecom": telecom}]}, path) == {
        "contact": [{"gender": "male", "telecom": telecom}]
    }


def test_another_type_of_a_choice_takes_the_place_of_the_first() -> None:
    assert put({"deceasedBoolean": True}, "deceased.ofType(dateTime)", "2020") == {"deceasedDateTime": "2020"}


def test_an_element_that_does_not_repeat_takes_one_value() -> None:
    with pytest.raises(Unwritable, match="there can be only one gender: write one value"):
        put({}, "gender", "male", "female")


@pytest.mark.parametrize("node", [{"name": "Ann"}, {"name": ["Ann"]}, {"gender": ["male"]}])
def test_json_of_another_shape_is_refused(node: dict[str, Any]) -> None:
    path = "gender" if "gender" in node else "name.family"
    with pytest.raises(Unwritable, match="is not of the shape its definition gives"):
        put(node, path, "x")
