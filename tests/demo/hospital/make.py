"""A synthetic person for the tests of the hospital, with nothing drawn at random."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from gateway.demo.hospital.names import CULTURES
from gateway.demo.hospital.people import SyntheticPerson
from gateway.demo.hospital.physiology import body

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)

ANN = SyntheticPerson(
    "north",
    7,
    CULTURES[0],
    "female",
    date(1970, 5, 1),
    None,
    "none",
    body(Random(1), "female", 55, (), NOW - timedelta(days=730)),
)


def somebody(**changes: Any) -> SyntheticPerson:
    """Return Ann with changes."""
    return replace(ANN, **changes)
