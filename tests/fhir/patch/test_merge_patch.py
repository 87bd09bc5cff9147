"""JSON Merge Patch (RFC 7396), with the examples of its appendix A."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest, Invalid
from gateway.fhir.patch.merge_patch import apply, patched

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@pytest.mark.parametrize(
    ("value", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ],
)
def test_the_examples_of_the_rfc(value: Any, patch: dict[str, Any], expected: Any) -> None:
    assert patched(value, patch) == expected


def test_an_element_that_becomes_empty_is_removed_because_fhir_has_none() -> None:
    """Here the result differs from the RFC, whose last example leaves {"a": {"bb": {}}}."""
    assert patched({}, {"a": {"bb": {"ccc": None}}}) == {}
    assert patched({"a": {"b": 1}}, {"a": {"b": None}}) == {}
    assert patched({"a": [1]}, {"a": []}) == {}


@pytest.mark.parametrize("patch", [None, [], "a", 3])
def test_a_patch_that_is_no_object_is_refused(patch: Any) -> None:
    with pytest.raises(BadRequest, match="must be a JSON object"):
        patched({}, patch)


def test_a_patch_keeps_type_and_id() -> None:
    patient = {"resourceType": "Patient", "id": "p", "active": True}
    assert apply(patient, {"active": False}) == {**patient, "active": False}
    for change in ({"id": "q"}, {"id": None}, {"resourceType": "Group"}):
        with pytest.raises(Invalid, match="may not change"):
            apply(patient, change)


@given(OBJECTS, OBJECTS)
def test_a_patch_applied_twice_changes_nothing_more_and_its_input_never(
    value: dict[str, Any], patch: dict[str, Any]
) -> None:
    before = deepcopy((value, patch))
    once = patched(value, patch)
    assert patched(once, patch) == once
    assert (value, patch) == before
