"""Suggestions for types that do not fit."""

import pytest

from gateway.mapping.definition.type_suggestions import for_unknown_element, for_unknown_type, unreadable
from gateway.mapping.types import TYPES


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("HumanName", "; FHIR's HumanName is read by type name, name_key"),
        ("codeable_concept", "; FHIR's CodeableConcept is read by type concept, preferred, value"),
        ("quantitiy", "; did you mean quantity?"),
        ("zzz", ""),
    ],
)
def test_an_unknown_type_is_answered_with_the_types_that_read_it(name: str, suggestion: str) -> None:
    assert for_unknown_type(name) == suggestion


def test_a_type_that_does_not_read_the_path_is_answered_with_a_narrower_path_and_other_types() -> None:
    told = unreadable(TYPES["quantity"], "value", "Observation", frozenset({"Quantity", "string"}))
    assert told.startswith("type quantity does not read string, which path 'value' on Observation yields")
    assert "; narrow it, such as value.ofType(Quantity)" in told and told.endswith("; it is read by type value")


def test_a_computed_path_is_narrowed_in_brackets() -> None:
    told = unreadable(TYPES["code"], "gender | name.family", "Patient", frozenset({"code", "HumanName"}))
    assert "such as (gender | name.family).ofType(code)" in told


def test_paths_below_fields_start_from_their_object() -> None:
    assert for_unknown_element("Patient") == ""
    assert for_unknown_element("Patient.contact") == "; below `fields` a path starts from Patient.contact"
