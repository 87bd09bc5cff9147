"""Schedules have a start and an end, whatever was sent."""

from gateway.fhir import r4
from gateway.mapping.types import TYPES
from tests.mapping.types.support import read, refusal, utc, write


def test_the_type_when_reads_everything_that_tells_when_an_observation_was_made() -> None:
    assert set(TYPES["when"].lenses) >= set(r4.types()["Observation"].elements["effective"].types)


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


def test_a_written_schedule_keeps_what_the_document_does_not_show() -> None:
    raw = {"id": "t", "event": ["2020"], "repeat": {"id": "r", "frequency": 1}}
    value = {"events": ["2020", "2021"], "repeat": {"frequency": 2}}
    assert write("timing", "Timing", value, raw) == {
        "id": "t",
        "event": ["2020", "2021"],
        "repeat": {"id": "r", "frequency": 2},
    }


def test_the_bounds_of_a_schedule_cannot_be_written() -> None:
    assert refusal("timing", "Timing", {"events": ["2020"], "start": "2019-01-01T00:00:00Z"}).startswith(
        "start: follows"
    )
