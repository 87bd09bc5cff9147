"""Where two internal documents differ."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.internal.differences import decode, differences, encode

DUPLICATE = {"rule": "duplicate.exact", "before": "other"}
IMPLAUSIBLE = {"rule": "value.implausible", "before": Decimal("999")}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": 1}, [("a", None, 1)]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a.c", 2, 3)]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {}}}, [("a.b.c", 1, None)]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, [("a.b", 2, 3)]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 9}, {"b": 8}]}, [("a.b", 1, 9), ("a.b", 2, 8)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, [("a", [{"b": 1}], [{"b": 1}, {"b": 2}])]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("a", [1, 2], [2, 1])]),
        ({"a": [1, 2]}, {"a": [1, 2]}, []),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": 0}, {"a": False}, [("a", 0, False)]),
        ({"a": [1]}, {"a": [True]}, [("a", [1], [True])]),
        ({"a": Decimal("1.0")}, {"a": Decimal("1.00")}, [("a", Decimal("1.0"), Decimal("1.00"))]),
        ({"a": Decimal("1.00")}, {"a": Decimal("1.00")}, []),
        ({"fhir": {"version": 1}}, {"fhir": {"version": 2}}, [("fhir", {"version": 1}, {"version": 2})]),
        (
            {"unmapped": [{"path": "a"}]},
            {"unmapped": [{"path": "b"}]},
            [("unmapped", [{"path": "a"}], [{"path": "b"}])],
        ),
        ({"quality": [DUPLICATE]}, {}, []),
        ({}, {"quality": [DUPLICATE]}, []),
        ({"quality": [IMPLAUSIBLE, DUPLICATE]}, {"quality": [IMPLAUSIBLE]}, []),
        ({"quality": [IMPLAUSIBLE]}, {"quality": [DUPLICATE]}, [("quality", [IMPLAUSIBLE], None)]),
    ],
)
def test_each_difference_names_its_field_and_both_values(
    before: dict[str, Any], after: dict[str, Any], expected: list[Any]
) -> None:
    assert list(differences(before, after)) == expected


def test_decimals_of_equal_value_are_told_apart_within_lists_and_objects() -> None:
    one, other = {"a": [Decimal("1.0")]}, {"a": [Decimal("1.00")]}
    assert [name for name, _, _ in differences(one, other)] == ["a"]
    assert [name for name, _, _ in differences({"fhir": one}, {"fhir": other})] == ["fhir"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3) | st.decimals(-9, 9, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b", "fhir"]), VALUES, max_size=3)


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: dict[str, Any]) -> None:
    assert list(differences(document, document)) == []
    assert list(differences(document, decode(encode(document)))) == []


@given(DOCUMENTS, DOCUMENTS)
def test_the_other_way_round_the_same_fields_differ(before: dict[str, Any], after: dict[str, Any]) -> None:
    forth, back = list(differences(before, after)), list(differences(after, before))
    assert sorted(map(str, forth)) == sorted(str((name, new, old)) for name, old, new in back)


def test_equal_documents_are_equal_bytes_and_digits_count() -> None:
    assert encode({"a": Decimal("1.0")}) == encode({"a": Decimal("1.0")})
    assert encode({"a": Decimal("1.0")}) != encode({"a": Decimal("1.00")})
