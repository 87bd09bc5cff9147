"""Look up what is known about a LOINC code: canonical unit, limits, ranges, category.

docs/explanation/data-quality.md names the sources.

There are two tables. `loinc.csv` is written by hand. `seen.csv` has the units that tools/generate_units.py found in
coded observations, for codes that are not in the first table.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from gateway.mapping.quality.limits import SIDES, Limit, limit
from gateway.mapping.quality.tables import rows

LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Fact:
    """The facts about a LOINC code. Every number is in `unit`.

    unit: a UCUM code; None for panels and answers.
    least, most: the ends of what can be measured in a living person, themselves included.
    low, high: the ends of the default range of adults.
    critical_low, critical_high: the limits from which on a clinician has to be called.
    """

    code: str
    unit: str | None
    substance: str | None = None
    category: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    low: Limit | None = None
    high: Limit | None = None
    critical_low: Limit | None = None
    critical_high: Limit | None = None


@dataclass(frozen=True, slots=True)
class Substance:
    """A measured substance.

    mass: grams per mole; None if nobody reports a mass.
    valence: equivalents per mole.
    mass_unit, molar_unit: the UCUM units in which its mass and its amount are reported.
    """

    name: str
    mass: Decimal | None
    valence: int | None
    mass_unit: str | None
    molar_unit: str | None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


@cache
def facts() -> dict[str, Fact]:
    """Return the facts by LOINC code."""
    seen = {row["code"]: Fact(row["code"], row["unit"]) for row in rows("seen.csv")}
    return seen | {row["code"]: _fact(row) for row in rows("loinc.csv")}


def _fact(row: dict[str, str]) -> Fact:
    unit, substance, category = (row[name] or None for name in ("unit", "substance", "category"))
    least, most, *judging = (limit(row[name], name) for name in SIDES)
    plausible = None if least is None else least.number, None if most is None else most.number
    return Fact(row["code"], unit, substance, category, *plausible, *judging)


@cache
def substances() -> dict[str, Substance]:
    """Return the substances by name."""
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
