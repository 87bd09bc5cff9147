"""Positions: https://hl7.org/fhir/R4/location.html#search"""

from decimal import Decimal
from math import isclose
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import near

NEAR = Parameter("near", "special", "", stored=("near",))
RADIUS = 6_378_100


def sphere(value: str) -> Any:
    return near.where("near", NEAR, None, value, NO_CONTEXT)["g.at"]["$geoWithin"]["$centerSphere"]


@pytest.mark.parametrize(
    ("value", "metres"),
    [
        ("42.25|-83.69|11.2|km", 11_200),
        ("42.25|-83.69|11.2", 11_200),
        ("42.25|-83.69|500|m", 500),
        ("42.25|-83.69|1|mi_us", 1609.3472),
        ("42.25|-83.69|1|[mi_us]", 1609.3472),
        ("42.25|-83.69", 50_000),
        ("42.25|-83.69|", 50_000),
        ("42.25|-83.69|0|km", 0),
    ],
)
def test_a_distance_is_an_angle_on_the_sphere(value: str, metres: float) -> None:
    center, angle = sphere(value)
    assert center == [-83.69, 42.25]
    assert isclose(angle, metres / RADIUS, rel_tol=1e-6, abs_tol=1e-12)


@pytest.mark.parametrize(
    "value", ["", "x", "1", "1|x", "91|0", "0|181", "1|2|-3|km", "1|2|x|km", "1|2|3|kg", "1|2|3|km|x", "|", "1||3"]
)
def test_another_text_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'near'"):
        near.where("near", NEAR, None, value, NO_CONTEXT)


def test_a_position_is_indexed_as_a_point() -> None:
    position = {"latitude": Decimal("42.25"), "longitude": Decimal("-83.69")}
    [entry] = near.index("near", "Location.position", position)
    assert entry["at"] == {"type": "Point", "coordinates": [-83.69, 42.25]}


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"latitude": Decimal(1)},
        {"latitude": Decimal(91), "longitude": Decimal(0)},
        {"latitude": "1", "longitude": 2},
    ],
)
def test_a_position_outside_the_earth_has_no_entry(position: Any) -> None:
    assert near.index("near", "Location.position", position) == []
