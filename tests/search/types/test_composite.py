"""Composites: https://hl7.org/fhir/R4/search.html#combining"""

from decimal import Decimal

import pytest

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import parameters
from gateway.search.types import composite

WHOLE = parameters("Observation")["code-value-quantity"]
COMPONENT = parameters("Observation")["component-code-value-quantity"]
CODING = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}


def test_an_element_is_one_entry_with_its_parts_numbered() -> None:
    parts = [("token", [("CodeableConcept", CODING)]), ("quantity", [("Quantity", {"value": Decimal(140)})])]
    assert composite.index("pair", "", parts) == [
        {"p": "pair", "k": ["0|8480-6|http://loinc.org"], "q": [{"p": "1", "lo": 140.0, "hi": 140.0}]}
    ]


def test_an_element_without_one_of_its_parts_has_no_entry() -> None:
    assert composite.index("pair", "", [("token", [("CodeableConcept", CODING)]), ("quantity", [])]) == []


def test_two_parts_of_one_field_share_its_list() -> None:
    parts = [("token", [("code", "a")]), ("string", [("string", "B")])]
    assert composite.index("pair", "", parts) == [{"p": "pair", "k": ["0|a|", "1|b|B"]}]


def test_a_composite_of_the_whole_resource_asks_for_both_parameters() -> None:
    assert composite.where("", WHOLE, None, "http://loinc.org|8480-6$gt140", NO_CONTEXT) == {
        "$and": [
            {"k": "code|8480-6|http://loinc.org"},
            {"q": {"$elemMatch": {"p": "value-quantity", "hi": {"$gt": 140.0}}}},
        ]
    }


def test_a_composite_of_elements_asks_for_one_that_meets_both() -> None:
    name = "component-code-value-quantity"
    assert composite.where(name, COMPONENT, None, "http://loinc.org|8480-6$gt140", NO_CONTEXT) == {
        "$and": [
            {"k": "component-code|8480-6|http://loinc.org"},
            {
                "c": {
                    "$elemMatch": {
                        "p": name,
                        "$and": [
                            {"k": "0|8480-6|http://loinc.org"},
                            {"q": {"$elemMatch": {"p": "1", "hi": {"$gt": 140.0}}}},
                        ],
                    }
                }
            },
        ]
    }


@pytest.mark.parametrize("value", ["a", "a$", "$1", "a$1$2", "", "a\\$1"])
def test_a_value_needs_all_its_parts(value: str) -> None:
    with pytest.raises(BadRequest, match=r"2 values joined by \$"):
        composite.where("", WHOLE, None, value, NO_CONTEXT)


def test_a_part_that_cannot_be_read_is_refused_by_the_name_of_the_composite_or_the_part() -> None:
    with pytest.raises(BadRequest, match="value-quantity"):
        composite.where("", WHOLE, None, "a$x", NO_CONTEXT)
    with pytest.raises(BadRequest, match="component-code-value-quantity"):
        composite.where(COMPONENT.name, COMPONENT, None, "a$x", NO_CONTEXT)


def test_a_composite_is_present_with_all_its_parts() -> None:
    code, value = composite.present("", WHOLE)["$and"]
    assert code["k"]["$elemMatch"]["$gte"] == "code|"
    assert value["$or"][0] == {"q": {"$elemMatch": {"p": "value-quantity"}}}
    assert composite.present("pair", COMPONENT) == {"c": {"$elemMatch": {"p": "pair"}}}
