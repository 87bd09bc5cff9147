"""The sender's own judgment."""

from typing import Any

import pytest

from gateway.mapping.quality.interpretation import interpreted

SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def sent(*codes: str, system: Any = SYSTEM) -> dict[str, Any]:
    return {"interpretation": [{"coding": [{"code": code, "system": system}]} for code in codes]}


@pytest.mark.parametrize(
    ("code", "level"),
    [("N", "normal"), ("L", "low"), ("HU", "high"), ("LL", "critical-low"), ("HH", "critical-high"), ("POS", None)],
)
def test_a_code_gives_its_level(code: str, level: str | None) -> None:
    assert interpreted(sent(code)) == level


def test_levels_must_agree() -> None:
    assert interpreted(sent("H", "HU")) == "high"
    assert interpreted(sent("H", "L")) is None


def test_an_h_of_another_system_may_mean_anything() -> None:
    assert interpreted(sent("H", system="urn:lab")) is None
    assert interpreted(sent("H", system=None)) == "high"


@pytest.mark.parametrize(
    "node", [{}, {"interpretation": "H"}, {"interpretation": [{"coding": "H"}, 7]}, sent("H", system=[])]
)
def test_anything_else_gives_none(node: dict[str, Any]) -> None:
    assert interpreted(node) is None
