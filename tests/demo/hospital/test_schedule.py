"""When measurements are taken."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from gateway.demo.hospital.schedule import BLOOD, ROUND, Moment, moments
from tests.demo.hospital.make import NOW, somebody


def of(stay: str, quota: int, **changes: object) -> list[Moment]:
    return moments(Random(3), somebody(stay=stay, **changes), quota, NOW)


@pytest.mark.parametrize("stay", ["declining", "recovering", "past", "none"])
@pytest.mark.parametrize("quota", [0, 1, 7, 250])
def test_the_quota_is_met_exactly_and_in_order_of_time(stay: str, quota: int) -> None:
    found = of(stay, quota)
    assert sum(len(moment.measured) for moment in found) == quota
    times = [moment.at for moment in found]
    assert times == sorted(set(times)) and all(at <= NOW for at in times)


def test_rounds_of_a_stay_are_about_four_hours_apart_and_the_stay_still_lasts() -> None:
    rounds = [moment for moment in of("declining", 70) if moment.measured == ROUND]
    assert len(rounds) >= 8
    for before, after in pairwise(rounds):
        assert timedelta(hours=3.5) < after.at - before.at < timedelta(hours=4.5)
    assert {moment.contact.end for moment in rounds} == {None}
    assert all(moment.contact.inpatient for moment in rounds)


def test_a_decline_gets_worse_and_a_recovery_better() -> None:
    for stay, worse in (("declining", True), ("recovering", False)):
        severities = [moment.severity for moment in of(stay, 60) if moment.measured == ROUND]
        assert severities == sorted(severities, reverse=not worse) and severities[0] != severities[-1]
        assert all(0 <= severity <= 1 for severity in severities)


def test_blood_is_drawn_once_a_day_in_a_stay() -> None:
    stay = of("recovering", 200)
    drawn = [moment.at for moment in stay if moment.contact.inpatient and set(moment.measured) == set(BLOOD)]
    assert 1 <= len(drawn) <= 3


def test_who_was_never_in_hospital_has_visits_of_forty_minutes_in_office_hours() -> None:
    for moment in of("none", 120):
        assert moment.contact.end == moment.contact.start + timedelta(minutes=40)
        assert not moment.contact.inpatient and 7 <= moment.at.hour <= 15
        assert NOW - timedelta(days=740) < moment.at < NOW - timedelta(days=3)


def test_nothing_is_measured_after_death() -> None:
    died = NOW - timedelta(days=100)
    assert all(moment.at <= died for moment in of("past", 150, died=died))
