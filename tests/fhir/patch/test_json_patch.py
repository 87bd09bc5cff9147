"""JSON Patch and JSON Merge Patch on resources."""

from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest, Conflict, GatewayError, Invalid
from gateway.fhir import fhir_json
from gateway.fhir.patch import APPLY

Json = dict[str, Any]
apply, merge = APPLY["application/json-patch+json"], APPLY["application/merge-patch+json"]


def patient(**elements: Any) -> Json:
    return {"resourceType": "Patient", "id": "p", **elements}


BEFORE = patient(active=True, name=[{"family": "X", "given": ["A", "B"]}], maritalStatus={"text": "m"})


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        ([], {}),
        ([{"op": "add", "path": "/birthDate", "value": "2000"}], {"birthDate": "2000"}),
        (
            [{"op": "add", "path": "/name/0/given/-", "value": "C"}],
            {"name": [{"family": "X", "given": ["A", "B", "C"]}]},
        ),
        ([{"op": "remove", "path": "/name/0/given/0"}], {"name": [{"family": "X", "given": ["B"]}]}),
        ([{"op": "replace", "path": "/active", "value": False}], {"active": False}),
        ([{"op": "copy", "from": "/name/0", "path": "/name/-"}], {"name": [BEFORE["name"][0]] * 2}),
        ([{"op": "move", "from": "/maritalStatus/text", "path": "/gender"}], {"gender": "m", "maritalStatus": None}),
        ([{"op": "remove", "path": "/name/0"}], {"name": None}),
        (
            [{"op": "remove", "path": "/name/0"}, {"op": "add", "path": "/name/-", "value": {"text": "t"}}],
            {"name": [{"text": "t"}]},
        ),
        ([{"op": "test", "path": "/name/0/family", "value": "X"}], {}),
    ],
)
def test_operations_give_the_resource_meant(operations: list[Json], changed: Json) -> None:
    original = deepcopy(BEFORE)
    wanted = {key: value for key, value in {**BEFORE, **changed}.items() if value is not None}
    assert apply(BEFORE, operations) == wanted
    assert original == BEFORE


def test_the_patch_itself_is_not_changed_by_later_operations() -> None:
    operations = [
        {"op": "add", "path": "/name/-", "value": {"given": ["A"]}},
        {"op": "add", "path": "/name/1/given/-", "value": "B"},
    ]
    unchanged = deepcopy(operations)
    assert apply(BEFORE, operations)["name"][1] == {"given": ["A", "B"]}
    assert operations == unchanged


@pytest.mark.parametrize(
    ("path", "value"),
    [("/active", 1), ("/active", "true"), ("/name/0/given", ["A"]), ("/nothing", None), ("/name/7", {})],
)
def test_a_test_that_does_not_hold_is_a_conflict_naming_the_operation(path: str, value: Any) -> None:
    operations = [{"op": "remove", "path": "/name"}, {"op": "test", "path": path, "value": value}]
    with pytest.raises(Conflict, match="operation 1"):
        apply(BEFORE, operations)


def test_numbers_are_compared_by_value() -> None:
    before = fhir_json.parse(b'{"resourceType":"Observation","valueQuantity":{"value":1.00}}')
    after = apply(before, [{"op": "test", "path": "/valueQuantity/value", "value": Decimal("1.0")}])
    assert fhir_json.dump(after) == fhir_json.dump(before)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/name/9", "value": {}},
        {"op": "add", "path": "/active/x", "value": 1},
        {"op": "remove", "path": "/nothing"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "", "value": {}},
        {"op": "replace", "path": "", "value": 1},
        {"op": "replace", "path": "/id", "value": "q"},
        {"op": "remove", "path": "/resourceType"},
        {"op": "move", "from": "/name", "path": "/name/0"},
    ],
)
def test_what_cannot_be_applied_is_refused(operation: Json) -> None:
    with pytest.raises(Invalid):
        apply(BEFORE, [operation])


@pytest.mark.parametrize(
    ("operation", "reason", "member"),
    [
        ({"op": "add", "path": "/telecom/-", "value": {}}, "there is no /telecom yet; add it first, as a list", "path"),
        ({"op": "add", "path": "/telecom/0/use", "value": "home"}, "there is no /telecom yet", "path"),
        (
            {"op": "add", "path": "/name/0/period/end", "value": "2020"},
            "/name/0/period yet; add it first, as an",
            "path",
        ),
        ({"op": "add", "path": "/name/9", "value": {}}, "/name is a list of ", "path"),
        ({"op": "replace", "path": "/name/0/a~1b", "value": 1}, "there is no /name/0/a~1b", "path"),
        ({"op": "remove", "path": "/telecom/0"}, "there is no /telecom", "path"),
        ({"op": "add", "path": "/active/x", "value": 1}, "/active is neither an object nor a list", "path"),
        ({"op": "move", "from": "/telecom", "path": "/name/0"}, "there is no /telecom", "from"),
        ({"op": "copy", "from": "/name/0", "path": "/contact/-"}, "there is no /contact yet; add it first", "path"),
    ],
)
def test_it_is_said_what_is_not_there(operation: Json, reason: str, member: str) -> None:
    with pytest.raises(Invalid) as caught:
        apply(BEFORE, [operation])
    assert reason in caught.value.text
    assert ("yet" in caught.value.text) is ("yet" in reason)
    assert caught.value.issues[0].expression == f"[0].{member}"


@pytest.mark.parametrize(
    "patch",
    [
        None,
        {},
        [1],
        [{"op": "explode", "path": ""}],
        [{"op": [], "path": ""}],
        [{"op": "add", "path": "/x"}],
        [{"op": "add", "path": "x", "value": 1}],
        [{"op": "add", "path": "/a~2", "value": 1}],
        [{"op": "move", "path": "/x", "from": 1}],
    ],
)
def test_what_is_no_json_patch_is_a_bad_request(patch: Any) -> None:
    with pytest.raises(BadRequest):
        apply(BEFORE, patch)


def test_merging_lays_objects_over_and_null_removes() -> None:
    patch = {"active": None, "name": [{"text": "t"}], "maritalStatus": {"text": None}, "contact": [], "gender": "male"}
    assert merge(BEFORE, patch) == patient(name=[{"text": "t"}], gender="male")


def test_merging_changes_neither_resource_nor_patch_and_keeps_decimals() -> None:
    before = fhir_json.parse(b'{"resourceType":"Observation","valueQuantity":{"value":1.00,"unit":"g"}}')
    text, patch = fhir_json.dump(before), {"valueQuantity": {"unit": "kg"}}
    assert fhir_json.dump(merge(before, patch)) == text.replace(b'"g"', b'"kg"')
    assert fhir_json.dump(before) == text and patch == {"valueQuantity": {"unit": "kg"}}


@pytest.mark.parametrize("patch", [{"id": "q"}, {"id": None}, {"resourceType": "Observation"}])
def test_merging_cannot_change_which_resource_it_is(patch: Json) -> None:
    with pytest.raises(Invalid):
        merge(BEFORE, patch)


def test_a_merge_patch_is_an_object() -> None:
    with pytest.raises(BadRequest):
        merge(BEFORE, [])


_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=2),
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=2), v),
)
_pointers = st.sampled_from(
    ["", "/", "/name", "/name/0", "/name/-", "/name/00", "/name/0/given/1", "/active/0", "/name/x", "/id", "//"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
                "path": _pointers,
                "from": _pointers,
                "value": _values,
            }
        ),
        max_size=4,
    )
)
def test_nothing_but_an_error_of_ours_comes_out_of_odd_patches(operations: list[Json]) -> None:
    with suppress(GatewayError):
        assert apply(BEFORE, operations)["id"] == "p"


def test_copies_of_copies_end_somewhere() -> None:
    grow = [{"op": "copy", "from": "/contained", "path": "/contained/0"}] * 40
    with pytest.raises(Invalid, match="too large"):
        apply({"resourceType": "Patient"}, [{"op": "add", "path": "/contained", "value": [1]}, *grow])
    long = [{"op": "copy", "from": "/name/0", "path": "/name/-"}] * 200
    with pytest.raises(Invalid, match="too large"):
        apply({"resourceType": "Patient", "name": [{"family": "a" * 100_000}]}, long)


def test_a_patch_cannot_nest_deeper_than_a_body() -> None:
    deeper = [{"op": "add", "path": "/extension/0" * level, "value": {"extension": [{}]}} for level in range(1, 900)]
    with pytest.raises(GatewayError):
        apply({"resourceType": "Patient", "extension": []}, deeper)
