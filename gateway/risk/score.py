"""The words every score is declared in: what it needs, what it gives, where it comes from.

A score is one file in `scores/`: a pure function and a `Score` that declares it. Values are `Decimal` in the unit of
the input, a code letter (consciousness) or a bool (oxygen). Nothing here reads FHIR.
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
    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Band:
    """A class of results. `probability`: a code of risk-probability, only where the publication uses that very word."""

    code: str
    text: str
    probability: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The points one input contributed to an ordinal total."""

    input: str
    points: int


@dataclass(frozen=True, slots=True)
class Result:
    """`exact` carries full precision and decides the band; `value` is what is reported."""

    exact: Decimal
    value: Decimal
    band: Band
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """An input and how old its newest value may be at the index time (None: any age since adulthood)."""

    input: Input
    within: timedelta | None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The score does not hold while the newest value of this input, no older than `within`, equals `value`."""

    input: Input
    value: Value
    within: timedelta
    text: str


@dataclass(frozen=True, slots=True)
class Ages:
    """Completed years the publication covers; `text` says why others are refused."""

    low: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who published it, and until when we vouch for our reading of it (a test fails from `review_by` on)."""

    doi: str
    citation: str
    licence: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Score:
    """One score at one version. `compute` takes the needs by name, and `age` and `sex` when declared."""

    id: str
    version: str
    title: str
    needs: tuple[Need, ...]
    compute: Callable[..., Result]
    code: tuple[Coding, ...]
    unit: str
    category: str
    outcome: str
    horizon: timedelta
    ages: Ages
    source: Source
    uses_age: bool = False
    uses_sex: bool = False
    one_set: bool = False
    parts: tuple[tuple[str, Coding], ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()
