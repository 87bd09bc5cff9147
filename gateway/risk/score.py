"""Define how a score is declared: what it needs, what it returns, and where it comes from.

A score is one file in `scores/`: a pure function and a `Score` that declares it. Values are Decimals in the unit of the
input, a code letter (consciousness) or a bool (oxygen). Nothing here reads FHIR.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from gateway.risk.inputs import Input

Value = Decimal | str | bool
Sex = Literal["male", "female"]

ADULT = 18


@dataclass(frozen=True, slots=True)
class Coding:
    """A FHIR Coding."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Band:
    """A class of results. `probability` is a code of risk-probability, only if the publication uses that word."""

    code: str
    text: str
    probability: str | None = None


@dataclass(frozen=True, slots=True)
class SubScore:
    """The points that one input contributed to a total."""

    input: str
    points: int


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """A result. `exact` has full precision and decides the band; `value` is reported."""

    exact: Decimal
    value: Decimal
    band: Band
    parts: tuple[SubScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """An input, and how old its newest value may be at the index time (None: any age since adulthood)."""

    input: Input
    within: timedelta | None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A state in which the score is invalid: the newest value of the input, no older than `within`, equals `value`."""

    input: Input
    value: Value
    within: timedelta
    text: str


@dataclass(frozen=True, slots=True)
class Ages:
    """Completed years that the publication covers. `text` says why others are refused."""

    low: int
    text: str


@dataclass(frozen=True, slots=True)
class Publication:
    """The publication. Until `review_by`, we vouch for our reading of it; from then on a test fails."""

    doi: str
    citation: str
    licence: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Score:
    """One version of a score. `compute` takes the needs by name, and `age` and `sex` if declared."""

    id: str
    version: str
    title: str
    needs: tuple[Need, ...]
    compute: Callable[..., ScoreResult]
    code: tuple[Coding, ...]
    unit: str
    category: str
    outcome: str
    horizon: timedelta
    ages: Ages
    source: Publication
    uses_age: bool = False
    uses_sex: bool = False
    one_set: bool = False
    parts: tuple[tuple[str, Coding], ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()
