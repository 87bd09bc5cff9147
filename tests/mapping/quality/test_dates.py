"""Dates that cannot be are flagged by what the sender wrote, and by no clock."""

from typing import Any

import pytest

from tests.mapping.quality.support import read


def suspects(resource: str, **elements: Any) -> tuple[list[str], list[str]]:
    found, rules = read("suspect_dates", elements, resource)
    return found or [], rules


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("2026-01-01", []),
        ("1850", []),
        ("2089-12-31", []),
        ("2099-07-07T21:12:00Z", ["date.future"]),
        ("2100", ["date.future"]),
        ("1799-01-01", ["date.past"]),
        ("9999-12-31", ["date.placeholder"]),
        ("0001-01-01", ["date.placeholder"]),
        ("yesterday", ["date.impossible"]),  # no date: `unmapped` has it too
    ],
)
def test_fixed_limits(text: str, rules: list[str]) -> None:
    assert suspects("Observation", effectiveDateTime=text) == (["effective"] if rules else [], rules)


def test_an_observation_cannot_follow_its_own_issue_by_more_than_a_day() -> None:
    issued = {"issued": "2026-01-01T10:00:00Z"}
    assert suspects("Observation", effectiveDateTime="2026-01-02T09:00:00Z", **issued) == ([], [])
    late = suspects("Observation", effectiveDateTime="2026-01-02T11:00:00Z", **issued)
    assert late == (["effective"], ["date.future"])


def test_the_version_of_the_resource_changes_nothing() -> None:
    meta = {"lastUpdated": "2020-01-01T00:00:00Z"}
    assert suspects("Observation", effectiveDateTime="2026-01-01", meta=meta) == ([], [])


def test_ends_before_starts_and_deaths_before_births() -> None:
    period = {"start": "2026-02-01", "end": "2026-01-01"}
    assert suspects("Encounter", period=period) == (["period.end"], ["date.order"])
    assert suspects("Encounter", period={"start": "2026-02", "end": "2026-02-01"}) == ([], [])
    life = {"birthDate": "1974-12-25", "deceasedDateTime": "1974-12-20T10:00:00Z"}
    assert suspects("Patient", **life) == (["deceased"], ["date.order"])
    assert suspects("Patient", birthDate="1974-12-25", deceasedDateTime="1974-12-25T01:00:00+10:00") == ([], [])


def test_an_end_may_lie_ahead() -> None:
    period = {"start": "2026-01-01", "end": "2050-01-01"}
    assert suspects("Observation", effectivePeriod=period, issued="2026-01-01T10:00:00Z") == ([], [])
