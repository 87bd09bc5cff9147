"""What is known of a LOINC code: canonical unit, limits, ranges, category (docs/quality.md says from where).

Two tables: `loinc.csv` is written by hand; `seen.csv` is what tools/generate_units.py found in coded observations and
adds units of codes that the first does not have.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Fact:
    """`unit` is UCUM and None for panels and answers; every number is in that unit, and inclusive.

    `least` and `most`: nothing beyond them can be measured in a living person. `low` and `high`: the default range of
    adults. `critical_low` and `critical_high`: from here on somebody is called.
    """

    code: str
    unit: str | None
    substance: str | None = None
    category: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    critical_low: Decimal | None = None
    critical_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Substance:
    """`mass` is grams per mole, None where nobody reports a mass; `valence` equivalents per mole."""

    name: str
    mass: Decimal | None
    valence: int | None
    mass_unit: str | None
    molar_unit: str | None


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table that lies beside this file."""
    return csv.DictReader(files(__package__).joinpath(name).read_text("utf-8").splitlines())


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def facts() -> dict[str, Fact]:
    """By LOINC code."""
    found = {row["code"]: Fact(row["code"], row["unit"]) for row in rows("seen.csv")}
    limits = ("least", "most", "low", "high", "critical_low", "critical_high")
    for row in rows("loinc.csv"):
        unit, substance, category = (row[name] or None for name in ("unit", "substance", "category"))
        found[row["code"]] = Fact(row["code"], unit, substance, category, *(_number(row[name]) for name in limits))
    return found


@cache
def substances() -> dict[str, Substance]:
    return {
        row["substance"]: Substance(
            row["substance"],
            _number(row["grams_per_mole"]),
            int(row["valence"]) if row["valence"] else None,
            row["mass_unit"] or None,
            row["molar_unit"] or None,
        )
        for row in rows("substances.csv")
    }
