"""The type `value` reads every kind of value[x] and writes it back."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir import r4
from gateway.mapping.types import TYPES
from tests.mapping.types.support import read, refusal, utc, write


@pytest.mark.parametrize(
    ("fhir", "sent", "expected"),
    [
        ("string", " as sent \r\n", {"kind": "text", "text": " as sent \r\n"}),
        ("boolean", False, {"kind": "boolean", "boolean": False}),
        ("integer", 0, {"kind": "integer", "number": Decimal(0)}),
        ("time", "23:59:59.5", {"kind": "time", "text": "23:59:59.5"}),
        (
            "CodeableConcept",
            {"coding": [{"system": "s", "code": "c", "userSelected": True}, {"display": "d"}], "text": "t"},
            {
                "kind": "concept",
                "codings": [{"system": "s", "code": "c", "user_selected": True}, {"display": "d"}],
                "text": "t",
            },
        ),
        ("Quantity", {"value": Decimal("1.00")}, {"kind": "quantity", "number": Decimal("1.00")}),
        (
            "Range",
            {"low": {"value": 1}, "high": {"value": 2, "comparator": "<"}},
            {"kind": "range", "low": {"number": Decimal(1)}, "high": {"number": Decimal(2), "comparator": "<"}},
        ),
        (
            "Ratio",
            {"numerator": {"value": 1}, "denominator": {"value": 128}},
            {"kind": "ratio", "numerator": {"number": Decimal(1)}, "denominator": {"number": Decimal(128)}},
        ),
        (
            "SampledData",
            {"origin": {"value": 2048}, "period": 10, "factor": Decimal("1.6"), "dimensions": 1, "data": "1 E 2"},
            {
                "kind": "sampled_data",
                "sampled": {
                    "origin": {"number": Decimal(2048)},
                    "period": Decimal(10),
                    "factor": Decimal("1.6"),
                    "dimensions": 1,
                    "data": "1 E 2",
                },
            },
        ),
        (
            "dateTime",
            "2020-02",
            {
                "kind": "moment",
                "start": utc(2020, 2, 1),
                "end": utc(2020, 3, 1),
                "precision": "month",
                "text": "2020-02",
            },
        ),
        ("Period", {"start": "2020"}, {"kind": "period", "start": utc(2020, 1, 1), "start_text": "2020"}),
    ],
)
def test_every_kind_of_value_says_what_it_is(fhir: str, sent: Any, expected: Any) -> None:
    assert read("value", fhir, sent) == expected


def test_the_type_value_reads_everything_an_observation_may_hold() -> None:
    assert set(TYPES["value"].lenses) == set(r4.types()["Observation"].elements["value"].types)


def test_a_number_and_a_text_have_the_same_names_whatever_their_kind() -> None:
    assert read("value", "integer", 7)["number"] == Decimal(7)
    assert read("value", "Quantity", {"value": 7})["number"] == Decimal(7)
    assert read("value", "string", "x")["text"] == "x"
    assert read("value", "time", "10:00:00")["text"] == "10:00:00"


@pytest.mark.parametrize(
    ("fhir", "value", "raw"),
    [
        ("string", {"kind": "text", "text": "a"}, "a"),
        ("boolean", {"kind": "boolean", "boolean": True}, True),
        ("integer", {"kind": "integer", "number": Decimal("3.0")}, 3),
        (
            "Quantity",
            {"kind": "quantity", "number": Decimal("1.50"), "unit": "mg"},
            {"value": Decimal("1.50"), "unit": "mg"},
        ),
        ("CodeableConcept", {"kind": "concept", "text": "a"}, {"text": "a"}),
        ("dateTime", {"kind": "moment", "text": "2020-02"}, "2020-02"),
    ],
)
def test_each_kind_is_written_as_its_fhir_type(fhir: str, value: dict[str, Any], raw: Any) -> None:
    assert write("value", fhir, value) == raw


def test_a_value_of_another_kind_is_refused_with_the_kind_that_fits() -> None:
    assert refusal("value", "string", {"kind": "boolean", "boolean": True}) == "kind: must be of the kind text"
    assert refusal("value", "Quantity", {"text": "x"}) == "kind: must be of the kind quantity"


def test_a_single_value_has_no_further_parts() -> None:
    value = {"kind": "text", "text": "a", "number": 1}
    assert refusal("value", "string", value) == ": must have kind and text, and nothing else: that is the kind text"
    assert refusal("value", "string", {"kind": "text", "text": ""}) == "text: must not be empty: leave it out instead"
