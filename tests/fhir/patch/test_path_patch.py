"""FHIRPath Patch beyond the public cases: primitives, extensions, choices, lists, and what is refused."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest, GatewayError, Invalid, Malformed
from gateway.fhir import fhir_json
from gateway.fhir.patch.path_patch import apply

Json = dict[str, Any]


def patch(*operations: Json) -> Json:
    """`{"type": "delete", "path": …}`; a value is given as its part."""
    return {"resourceType": "Parameters", "parameter": [_operation(operation) for operation in operations]}


def _operation(given: Json) -> Json:
    kinds = {"type": "valueCode", "index": "valueInteger", "source": "valueInteger", "destination": "valueInteger"}
    parts = [{"name": name, kinds.get(name, "valueString"): v} for name, v in given.items() if name != "value"]
    if "value" in given:
        parts.append({"name": "value", **given["value"]})
    return {"name": "operation", "part": parts}


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", "id": "p", **elements}


NAMED = patient(name=[{"given": ["Eva", "Eva", "Ada"], "_given": [None, {"id": "x"}, None]}])


def test_one_of_two_equal_primitives_is_changed_where_it_stands() -> None:
    operation = {"type": "replace", "path": "Patient.name[0].given[1]", "value": {"valueString": "Zoe"}}
    assert apply(NAMED, patch(operation)) == patient(name=[{"given": ["Eva", "Zoe", "Ada"]}])


def test_extensions_of_primitives_move_with_them() -> None:
    operation = {"type": "move", "path": "Patient.name.given", "source": 1, "destination": 2}
    assert apply(NAMED, patch(operation)) == patient(
        name=[{"given": ["Eva", "Ada", "Eva"], "_given": [None, None, {"id": "x"}]}]
    )


def test_a_primitive_is_found_by_a_condition() -> None:
    operation = {"type": "delete", "path": "Patient.name.given.where($this = 'Ada')"}
    assert apply(NAMED, patch(operation)) == patient(name=[{"given": ["Eva", "Eva"], "_given": [None, {"id": "x"}]}])


def test_an_extension_can_be_added_to_a_primitive() -> None:
    value = {"part": [{"name": "url", "valueUri": "http://x"}, {"name": "value", "valueCode": "a"}]}
    operation = {"type": "add", "path": "Patient.birthDate", "name": "extension", "value": value}
    assert apply(patient(birthDate="2000"), patch(operation)) == patient(
        birthDate="2000", _birthDate={"extension": [{"url": "http://x", "valueCode": "a"}]}
    )


def test_a_choice_may_change_its_type_and_keeps_its_position() -> None:
    before = {"resourceType": "Observation", "valueString": "x", "_valueString": {"id": "i"}, "status": "final"}
    operation = {"type": "replace", "path": "Observation.value", "value": {"valueQuantity": {"value": 1}}}
    after = apply(before, patch(operation))
    assert fhir_json.dump(after) == b'{"resourceType":"Observation","valueQuantity":{"value":1},"status":"final"}'


@pytest.mark.parametrize("name", ["deceased", "deceased[x]", "deceasedBoolean"])
def test_a_choice_is_added_by_its_element_name(name: str) -> None:
    operation = {"type": "add", "path": "Patient", "name": name, "value": {"valueBoolean": True}}
    assert apply(patient(), patch(operation)) == patient(deceasedBoolean=True)


def test_a_list_that_is_not_there_yet_can_be_inserted_into() -> None:
    operation = {"type": "insert", "path": "Patient.name", "index": 0, "value": {"valueHumanName": {"text": "E"}}}
    assert apply(patient(), patch(operation)) == patient(name=[{"text": "E"}])


def test_a_contained_resource_can_be_patched_and_added() -> None:
    organization = {"resourceType": "Organization", "id": "o", "name": "Old"}
    rename = {"type": "replace", "path": "Patient.contained[0].name", "value": {"valueString": "New"}}
    add = {"type": "add", "path": "Patient", "name": "contained", "value": {"resource": organization}}
    assert apply(patient(), patch(add, rename)) == patient(contained=[{**organization, "name": "New"}])


def test_what_is_not_there_need_not_be_deleted() -> None:
    assert apply(patient(), patch({"type": "delete", "path": "Patient.birthDate"})) == patient()


def test_an_emptied_object_goes_but_can_be_filled_again_before() -> None:
    before = patient(maritalStatus={"text": "m"})
    delete = {"type": "delete", "path": "Patient.maritalStatus.text"}
    add = {"type": "add", "path": "Patient.maritalStatus", "name": "text", "value": {"valueString": "n"}}
    assert apply(before, patch(delete)) == patient()
    assert apply(before, patch(delete, add)) == patient(maritalStatus={"text": "n"})


def test_decimals_and_the_order_of_elements_survive() -> None:
    text = b'{"resourceType":"Observation","x":1,"valueQuantity":{"unit":"g","value":1.00},"status":"final"}'
    operation = {"type": "replace", "path": "Observation.status", "value": {"valueCode": "amended"}}
    assert fhir_json.dump(apply(fhir_json.parse(text), patch(operation))) == text.replace(b"final", b"amended")


@pytest.mark.parametrize(
    "operation",
    [
        {"type": "replace", "path": "Patient.name", "value": {"valueHumanName": {"text": "x"}}},
        {"type": "replace", "path": "Patient.birthDate", "value": {"valueDate": "2000"}},
        {"type": "replace", "path": "Patient", "value": {"part": [{"name": "active", "valueBoolean": True}]}},
        {"type": "replace", "path": "Patient.id", "value": {"valueId": "other"}},
        {"type": "delete", "path": "Patient.id"},
        {"type": "delete", "path": "Patient.name"},
        {"type": "delete", "path": "'literal'"},
        {"type": "add", "path": "Patient", "name": "active", "value": {"valueBoolean": False}},
        {"type": "add", "path": "Patient", "name": "nonsense", "value": {"valueBoolean": False}},
        {"type": "add", "path": "Patient", "name": "gender", "value": {"valueInteger": 1}},
        {"type": "add", "path": "Patient", "name": "maritalStatus", "value": {"valueHumanName": {"text": "x"}}},
        {"type": "add", "path": "Patient", "name": "deceased", "value": {"valueString": "x"}},
        {"type": "insert", "path": "Patient.name", "index": 3, "value": {"valueHumanName": {"text": "x"}}},
        {"type": "insert", "path": "Patient.name[0]", "index": 0, "value": {"valueHumanName": {"text": "x"}}},
        {"type": "insert", "path": "Patient.active", "index": 0, "value": {"valueBoolean": True}},
        {"type": "move", "path": "Patient.name", "source": 0, "destination": 2},
        {"type": "move", "path": "Patient.telecom", "source": 0, "destination": 0},
    ],
)
def test_what_does_not_fit_the_resource_is_refused_naming_the_operation(operation: Json) -> None:
    before = patient(active=True, name=[{"text": "a"}, {"text": "b"}])
    original = deepcopy(before)
    with pytest.raises(Invalid) as caught:
        apply(before, patch({"type": "delete", "path": "Patient.telecom"}, operation))
    assert caught.value.issues[0].expression.startswith(("Parameters.parameter[1]", "Patient.id"))
    assert before == original


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        ({"type": "explode", "path": "Patient"}, "Parameters.parameter[0]"),
        ({"type": "delete"}, "Parameters.parameter[0]"),
        ({"type": "delete", "path": "Patient.name["}, "Parameters.parameter[0].part"),
        ({"type": "delete", "path": "Patient.nonsense"}, "Parameters.parameter[0].part"),
        ({"type": "delete", "path": "Patient", "more": "x"}, "Parameters.parameter[0].part[2]"),
        ({"type": "move", "path": "Patient.name", "source": -1, "destination": 0}, "Parameters.parameter[0].part[2]"),
        ({"type": "add", "path": "Patient", "name": "name", "value": {}}, "Parameters.parameter[0]"),
    ],
)
def test_what_is_no_patch_is_refused_with_its_place(operation: Json, place: str) -> None:
    with pytest.raises(BadRequest) as caught:
        apply(patient(), patch(operation))
    assert caught.value.issues[0].expression == place


@pytest.mark.parametrize(
    "body", [None, [], {}, {"resourceType": "Patient"}, {"resourceType": "Parameters", "parameter": 1}]
)
def test_a_body_that_is_no_patch_is_refused(body: Any) -> None:
    with pytest.raises(BadRequest):
        apply(patient(), body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "given", "_given", "value", "valueString", "part", "resource"]), inner
        )
    ),
    max_leaves=10,
)
_paths = st.sampled_from(
    ["Patient", "Patient.name", "Patient.name.given", "Patient.name[0].given[0]", "Patient.id", "1"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(
    elements=st.dictionaries(st.sampled_from(["name", "_name", "active", "_active", "contact"]), _json),
    type_=st.sampled_from(["add", "insert", "delete", "replace", "move"]),
    path=_paths,
    value=_json,
)
def test_nothing_but_an_error_of_ours_comes_out_of_odd_input(elements: Json, type_: str, path: str, value: Any) -> None:
    operation = {"type": type_, "path": path, "name": "name", "index": 0, "source": 0, "destination": 0}
    body = patch(operation)
    body["parameter"][0]["part"].append({"name": "value", "valueHumanName": value})
    with suppress(GatewayError):
        assert apply(patient(**elements), body)["id"] == "p"


def test_a_patch_cannot_nest_deeper_than_a_body() -> None:
    """What is stored must be readable: no body is deeper than 64 levels."""
    held = patient(extension=[{"url": "urn:x", "valueCode": "a"}])
    inner = [{"name": "url", "valueUri": "urn:x"}, {"name": "value", "valueCode": "a"}]
    value = {"part": [{"name": "url", "valueUri": "urn:x"}, {"name": "extension", "part": inner}]}
    for level in range(1, 40, 2):
        operation = {"type": "add", "path": "Patient" + ".extension" * level, "name": "extension", "value": value}
        try:
            held = apply(held, patch(operation))
        except Malformed as error:
            assert "deeper than 64" in error.text and level > 25
            break
        fhir_json.check_depth(held)
    else:
        raise AssertionError("nested without end")
