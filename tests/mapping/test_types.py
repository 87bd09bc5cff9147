"""What each type makes of a value."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.types import TYPES
from gateway.mapping.values.lens import Notes, Part, Unreadable
from gateway.mapping.values.structures import structure

UCUM = "http://unitsofmeasure.org"


def read(type_: str, fhir: str, value: Any) -> Any:
    notes: Notes = []
    found = TYPES[type_].lenses[fhir].get(value, notes)
    assert notes == []
    return found


def findings(type_: str, fhir: str, value: Any) -> tuple[Any, Notes]:
    notes: Notes = []
    return TYPES[type_].lenses[fhir].get(value, notes), notes


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


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
    from gateway.fhir import r4

    assert set(TYPES["value"].lenses) == set(r4.types()["Observation"].elements["value"].types)


def test_the_type_when_reads_everything_that_tells_when_an_observation_was_made() -> None:
    from gateway.fhir import r4

    assert set(TYPES["when"].lenses) >= set(r4.types()["Observation"].elements["effective"].types)


@pytest.mark.parametrize(
    ("sent", "start", "end", "precision"),
    [
        ("2020", utc(2020, 1, 1), utc(2021, 1, 1), "year"),
        ("2020-12", utc(2020, 12, 1), utc(2021, 1, 1), "month"),
        ("2020-02-29", utc(2020, 2, 29), utc(2020, 3, 1), "day"),
        ("2020-01-01T00:30:00+01:00", utc(2019, 12, 31, 23, 30), utc(2019, 12, 31, 23, 30, 1), "second"),
        (
            "2020-01-01T10:00:00.123456789Z",
            utc(2020, 1, 1, 10, 0, 0, 123000),
            utc(2020, 1, 1, 10, 0, 0, 124000),
            "millisecond",
        ),
        ("2020-01-01T10:00Z", utc(2020, 1, 1, 10), utc(2020, 1, 1, 10, 1), "minute"),
        ("9999-12-31", utc(9999, 12, 31), utc(9999, 12, 31, 23, 59, 59, 999000), "day"),
        ("0001-01-01T00:00:00+14:00", utc(1, 1, 1), utc(1, 1, 1), "second"),
    ],
)
def test_a_moment_is_the_range_its_text_leaves_open(sent: str, start: datetime, end: datetime, precision: str) -> None:
    assert read("moment", "dateTime", sent) == {"start": start, "end": end, "precision": precision, "text": sent}


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_a_moment_is_never_empty_and_holds_the_time_sent(sent: datetime) -> None:
    found = read("moment", "instant", sent.isoformat() + "Z")
    assert found["start"] <= sent.replace(tzinfo=UTC) < found["end"]


@pytest.mark.parametrize("sent", ["2020-13", "2020-02-30", "tomorrow", "", "0000-01-01", "2020-1-1", 2020, None, []])
def test_what_is_no_date_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("moment", "dateTime", sent)
    with pytest.raises(Unreadable):
        findings("date", "date", sent)


def test_a_date_with_a_time_is_no_date() -> None:
    with pytest.raises(Unreadable, match="not a date"):
        findings("date", "date", "2020-01-01T00:00:00Z")


def test_an_open_or_unreadable_side_of_a_period_leaves_the_other() -> None:
    assert read("period", "Period", {"end": "2020"}) == {"end": utc(2021, 1, 1), "end_text": "2020"}
    found, notes = findings("period", "Period", {"start": "x", "end": "2020"})
    assert found["end_text"] == "2020" and notes == [("start", "not a date or time")]


def test_a_timing_is_bounded_by_its_events_or_by_what_it_is_repeated_within() -> None:
    events = {"event": ["2020-03-01", "2020-01", None]}
    found = read("when", "Timing", events)
    assert found["events"] == ["2020-03-01", "2020-01"]
    assert (found["kind"], found["start"], found["end"]) == ("timing", utc(2020, 1, 1), utc(2020, 3, 2))
    bounds = {"repeat": {"boundsPeriod": {"start": "2020"}, "frequency": 2}}
    found = read("when", "Timing", bounds)
    assert found["start"] == utc(2020, 1, 1) and "end" not in found
    assert found["repeat"] == {"bounds": {"start": utc(2020, 1, 1), "start_text": "2020"}, "frequency": 2}
    assert read("when", "Timing", {"code": {"text": "BID"}}) == {"kind": "timing", "code": {"text": "BID"}}


def test_a_decimal_keeps_its_precision() -> None:
    assert str(read("decimal", "decimal", Decimal("19.00"))) == "19.00"
    assert str(read("decimal", "decimal", Decimal("1E-7"))) == "1E-7"


def test_a_decimal_that_mongodb_cannot_hold_is_rounded_and_noted() -> None:
    found, notes = findings("decimal", "decimal", Decimal("0." + "1" * 40))
    assert found == Decimal("0." + "1" * 34) and notes == [("", "rounded to 34 digits")]


@pytest.mark.parametrize("sent", ["1.0", True, None, Decimal("NaN"), Decimal("Infinity"), Decimal("1E+7000"), 1.5])
def test_what_is_no_number_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("decimal", "decimal", sent)


@pytest.mark.parametrize("sent", [2**63, -(2**63) - 1, True, "1", Decimal(1)])
def test_an_integer_has_at_most_64_bits(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("integer", "integer", sent)


@pytest.mark.parametrize("sent", ["", None, 1, ["text"], {"a": 1}])
def test_text_is_never_empty_and_always_text(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("text", "string", sent)


def test_quantities_in_different_units_meet_in_one_canonical_unit() -> None:
    def weigh(value: str, code: str) -> Any:
        sent = {"value": Decimal(value), "unit": code, "system": UCUM, "code": code}
        return read("quantity", "Quantity", sent)["canonical"]

    assert weigh("85.7", "kg") == weigh("85700", "g") == {"number": Decimal(85700), "unit": "g"}


@pytest.mark.parametrize(
    "sent",
    [{"unit": "kg"}, {"unit": "kg", "code": "kg"}, {"unit": "kg", "code": "kg", "system": "urn:local"}, {}],
)
def test_a_unit_that_is_not_claimed_to_be_ucum_is_not_guessed(sent: dict[str, str]) -> None:
    assert read("quantity", "Quantity", {"value": 1, **sent}) == {"number": Decimal(1), **sent}


def test_a_unit_claimed_to_be_ucum_that_is_not_is_kept_and_noted() -> None:
    sent = {"value": 1, "system": UCUM, "code": "beats/minute"}
    found, notes = findings("quantity", "Quantity", sent)
    assert found == {"number": Decimal(1), "system": UCUM, "code": "beats/minute"}
    assert notes == [("code", "not a UCUM unit that can be converted")]


@pytest.mark.parametrize(
    ("literal", "key"),
    [
        ("Patient/1", "1"),
        ("Patient/1/_history/2", "1"),
        ("http://other.example.org/fhir/Patient/1", None),
        ("Group/1", None),
        ("#p", None),
        ("urn:uuid:3e6a8bd9-43a1-4f1c-9c3c-51c1b4f8a2bb", None),
        ("Patient?identifier=x|1", None),
        ("Patient/", None),
        ("", None),
        (5, None),
    ],
)
def test_only_a_reference_to_a_resource_of_this_server_is_a_key(literal: Any, key: str | None) -> None:
    make = TYPES["key"].lenses_to
    assert make is not None
    assert make("Patient")["Reference"].get({"reference": literal}, []) == key


def test_a_reference_by_identifier_and_display_keeps_both() -> None:
    sent = {"type": "Patient", "identifier": {"system": "urn:mrn", "value": " 1 "}, "display": "A"}
    assert read("reference", "Reference", sent) == {
        "type": "Patient",
        "display": "A",
        "identifier": {"system": "urn:mrn", "value": " 1 ", "match": "1"},
    }


def test_the_kind_of_an_identifier_is_told_only_when_it_is_certain() -> None:
    def kind(*codes: str) -> Any:
        system = "http://terminology.hl7.org/CodeSystem/v2-0203"
        sent = {"type": {"coding": [{"system": system, "code": code} for code in codes]}, "value": "1"}
        return read("identifier", "Identifier", sent).get("kind")

    assert kind("MR") == "MR" and kind("MR", "MR") == "MR"
    assert kind("MR", "PI") is None and kind() is None


@pytest.mark.parametrize(
    ("fhir", "sent", "token"),
    [
        ("Coding", {"system": "s", "code": "c", "display": "d"}, "s|c"),
        ("Coding", {"code": "c"}, "|c"),
        ("Coding", {"system": "s", "display": "d"}, None),
        ("Identifier", {"system": "s", "value": "  Z6127"}, "s|Z6127"),
        ("Identifier", {"type": {"text": "x"}}, None),
    ],
)
def test_a_token_is_what_queries_compare(fhir: str, sent: Any, token: str | None) -> None:
    assert read("token", fhir, sent) == token


@pytest.mark.parametrize("sent", ["x", {"code": 1}, {"code": "c", "system": {}}])
def test_a_token_of_something_else_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("token", "Coding", sent)


def test_parts_that_cannot_be_read_are_left_out_with_their_path() -> None:
    pair = structure(Part("x", "a", TYPES["text"].lenses["string"], many=True))
    outer = structure(Part("pair", "pair", pair, many=True))
    notes: Notes = []
    assert outer.get({"pair": [{"x": ["ok", 1, None]}, "odd", {"x": "ok"}, None]}, notes) == {"pair": [{"a": ["ok"]}]}
    assert notes == [("pair[0].x[1]", "not text"), ("pair[1]", "not an object"), ("pair[2].x", "not a list")]
