"""$everything as a search: https://hl7.org/fhir/R4/operation-patient-everything.html"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from gateway.errors import BadRequest
from gateway.fhir import dates, r4
from gateway.search.definitions.parameters import main_date, parameters
from gateway.search.notation.eras import NO_DATE
from gateway.search.query import Query
from gateway.search.tree.clauses import Bound, Clause
from gateway.search.types.date import EARLIEST, LATEST


@dataclass(frozen=True, slots=True)
class Extent:
    """The resources that $everything returns of one compartment, or of all compartments of one type.

    owner: the resource type that owns the compartment.
    matches: finds the requested resources of the compartment; page, count and `used` parameters of the answer are
        those of this query.
    sources: finds the resources of the compartment whose references are followed.
    compartment: matches what is in the compartment and therefore never an include.
    types: the requested types; empty means all.
    since: leaves out includes that have not changed since then.
    """

    owner: str
    matches: Query
    sources: Query
    compartment: Clause
    types: frozenset[str] = frozenset()
    since: datetime | None = None


@cache
def reference_names(types: tuple[str, ...], *, canonical: bool) -> tuple[str, ...]:
    """Return the parameters by which resources of these types refer to others, by canonical address or `Type/id`."""
    names = {
        name
        for type_ in types
        for name, parameter in parameters(type_).items()
        if parameter.type == "reference" and parameter.stored == (name,) and parameter.canonical is canonical
    }
    return tuple(sorted(names))


_NO_CARE = frozenset({"birthdate"})
"""Main dates that do not tell when somebody was cared for."""
_RANK = 8
"""A range of dates leaves many resources, see Parameter.rank."""


def cared_for(types: Iterable[str], start: str, end: str) -> Bound:
    """Return the clause that care took place within a range, by the main date of each resource.

    Resources without a main date match too: who cared, and where, has no date. `start`, `end`: dates as written, "" for
    an open end. Raises BadRequest.
    """
    lo, hi = _bound("start", start)[0] if start else EARLIEST, _bound("end", end)[1] if end else LATEST
    undated = tuple(type_ for type_ in types if _care_date(type_) is None)
    within = {"d": {"$elemMatch": {"p": {"$in": _care_dates()}, "lo": {"$lte": hi}, "hi": {"$gte": lo}}}}
    return Bound(({"t": {"$in": list(undated)}}, {"at": NO_DATE}, within), rank=_RANK)


def _bound(name: str, written: str) -> tuple[int, int]:
    try:
        return dates.period(written)
    except ValueError:
        raise BadRequest(f"{name}: '{written[:64]}' is not a date", expression=name) from None


def _care_date(type_: str) -> str | None:
    name = main_date(type_)
    return None if name in _NO_CARE else name


@cache
def _care_dates() -> list[str]:
    return sorted({name for type_ in r4.resource_types() if (name := _care_date(type_))})
