"""Read the limits of loinc.csv: from which number on a value is abnormal, and which source says so.

A cell holds the condition and the letters of its sources: `<3.5 A` (3.5 itself is normal), `>=140 E` (140 is not).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from gateway.mapping.quality.tables import rows

_CELL = re.compile(r"(<=|>=|<|>|)(-?\d+(?:\.\d+)?) ([A-Z](?: [A-Z])*)")
SIDES = {"least": "", "most": "", "low": "<", "high": ">", "critical_low": "<", "critical_high": ">"}
"""Column of limits -> the sign with which its conditions begin; "" for a column of numbers without a sign."""


@dataclass(frozen=True, slots=True)
class LimitSource:
    """A source of limits.

    place: where in the source the limits stand.
    judges: whether its limits may judge values; the limits of other sources only tell what is implausible.
    charted: whether it is a chart of rounded numbers, so that a value is rounded half up to the digits of the limit
        before it is compared.
    """

    letter: str
    title: str
    edition: str
    place: str
    link: str
    judges: bool
    charted: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: a value is abnormal when `value sign number`, as the source has them.

    sources: the letters of the sources.
    edge: the number that exact values are compared with. It differs from `number` only for charts: a chart on which
        `>20` is abnormal rounds 20.5 to 21, so everything from 20.5 on is abnormal.
    outside: whether `edge` itself is abnormal.
    """

    sign: str
    number: Decimal
    sources: tuple[str, ...]
    edge: Decimal
    outside: bool


@cache
def sources() -> dict[str, LimitSource]:
    """Return the sources by letter."""
    return {row["letter"]: _source(**row) for row in rows("sources.csv")}


def _source(*, judges: str, charted: str, **texts: str) -> LimitSource:
    return LimitSource(**texts, judges=judges == "yes", charted=charted == "yes")


def limit(cell: str, column: str) -> Limit | None:
    """Read a cell, None if it is empty. Raises ValueError unless the condition fits the column and has a source."""
    if not cell:
        return None
    match = _CELL.fullmatch(cell)
    if match is None or match[1][:1] != SIDES[column]:
        raise ValueError(f"{column}: {cell!r} is not a limit; write a condition and its source, such as <3.5 A")
    number, letters = Decimal(match[2]), tuple(match[3].split())
    by_letter = sources()
    unfit = [
        letter for letter in letters if letter not in by_letter or (SIDES[column] and not by_letter[letter].judges)
    ]
    if unfit:
        raise ValueError(f"{column}: {cell!r} names {unfit[0]}, which sources.csv does not have for such limits")
    charted = any(by_letter[letter].charted for letter in letters)
    return Limit(match[1], number, letters, *_edge(match[1], number, charted))


def _edge(sign: str, number: Decimal, charted: bool) -> tuple[Decimal, bool]:
    if not charted:
        return number, sign.endswith("=")
    half = Decimal((0, (5,), int(number.as_tuple().exponent) - 1))
    return (number + half if sign in ("<=", ">") else number - half), sign[0] == ">"
