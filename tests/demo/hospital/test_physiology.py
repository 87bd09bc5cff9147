"""Values follow from the baseline, the diseases, the hour and a decline."""

from datetime import timedelta
from random import Random

import pytest

from gateway.demo.hospital.physiology import Body, body
from tests.demo.hospital.make import NOW


class Still(Random):
    """A source of randomness without noise."""

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return mu


HEALTHY = {"pulse": 70.0, "temp": 36.7, "spo2": 97.0, "creatinine": 0.5, "systolic": 120.0, "weight": 80.0}
AT_TEN = NOW.replace(hour=10)  # the daily rhythm is at its mean


def value(name: str, *, diseases: tuple[str, ...] = (), years: float = 0, severity: float = 0.0) -> float:
    start = AT_TEN - timedelta(days=round(365.25 * years))
    return Body(HEALTHY, diseases, start).value(name, AT_TEN, severity, Still())


def test_without_disease_and_noise_the_baseline_is_measured() -> None:
    assert {name: value(name) for name in HEALTHY} == pytest.approx(HEALTHY)


def test_a_full_decline_changes_the_vital_signs_by_its_table() -> None:
    assert value("pulse", severity=1.0) == pytest.approx(118.0)
    assert value("systolic", severity=0.5) == pytest.approx(102.0)
    assert value("creatinine", severity=1.0) == pytest.approx(0.5)


def test_values_stay_where_life_is_possible() -> None:
    body_of_nobody = Body({"spo2": 99.9, "pulse": -5.0}, (), AT_TEN)
    assert body_of_nobody.value("spo2", AT_TEN, -1.0, Still()) == 100.0
    assert body_of_nobody.value("pulse", AT_TEN, 0.0, Still()) == 0.0


def test_kidney_disease_raises_creatinine_and_more_each_year() -> None:
    first, later = value("creatinine", diseases=("kidney",)), value("creatinine", diseases=("kidney",), years=2)
    assert first == pytest.approx(0.5 * 1.5)
    assert later == pytest.approx(0.5 * 1.5 * 1.45 ** (730 / 365.25))
    assert value("pulse", diseases=("kidney",), years=2) == pytest.approx(70.0)


def test_temperature_is_highest_in_the_afternoon() -> None:
    warm, cold = (Body(HEALTHY, (), NOW).value("temp", NOW.replace(hour=hour), 0.0, Still()) for hour in (16, 4))
    assert (warm, cold) == pytest.approx((36.95, 36.45))


def test_children_are_smaller_and_their_pulse_is_faster() -> None:
    child, adult = (body(Still(), "female", age, (), NOW).baseline for age in (4, 40))
    assert child["height"] < adult["height"] and child["weight"] < adult["weight"]
    assert child["pulse"] == pytest.approx(97.0) and adult["pulse"] == pytest.approx(72.0)
