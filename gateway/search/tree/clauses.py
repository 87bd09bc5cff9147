"""The search as a tree of plain values: one class for each idea.

A query string and `_filter` are parsed to the same classes. `gateway.search.binding` replaces each Comparison and each
Present by a Bound, the filters that they mean; `gateway.search.compile` turns the rest into one MongoDB filter.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.tokens import Filter

LAST_RANK = 9
"""The rank of a clause that may leave nearly all resources. See Parameter.rank."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A parameter compared with values, of which one is enough; still to be bound.

    written: the name in the query string, or "_filter"; it names the clause in errors.
    values: as written, with their escapes and prefixes.
    modifier: `exact` of `name:exact`.
    operator: that of `_filter`, such as `co`; it has a single value and no modifier.
    """

    written: str
    parameter: Parameter
    values: tuple[str, ...]
    modifier: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """A resource has some value for the parameter (`:missing=false`, `pr true`); still to be bound."""

    parameter: Parameter


@dataclass(frozen=True, slots=True)
class Bound:
    """A resource matches one of `filters`.

    rank: see Parameter.rank.
    since: every match has a main date that ends at this moment or later, see `gateway.search.notation.eras`.
    """

    filters: tuple[Filter, ...]
    rank: int = LAST_RANK
    since: int | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of the clauses hold."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the clauses holds."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The clause does not hold."""

    clause: "Clause"


@dataclass(frozen=True, slots=True)
class End:
    """The other end of a chain: resources of `type` that meet `clause`."""

    type: str
    clause: "Clause"


@dataclass(frozen=True, slots=True)
class Chain:
    """A resource points to one of the ends (`subject:Patient.name`).

    names: the parameters, as they are stored, that point.
    canonical: they hold the target's `url`, not its `Type/id`.
    single: a resource has at most one such pointer.
    rank: see Parameter.rank.
    """

    names: tuple[str, ...]
    ends: tuple[End, ...]
    canonical: bool = False
    single: bool = False
    rank: int = LAST_RANK


@dataclass(frozen=True, slots=True)
class Has:
    """One of the resources at `end` points here (`_has:Observation:patient:code`, `_list`). Fields as in Chain."""

    names: tuple[str, ...]
    end: End
    canonical: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """The part of a hierarchy that begins at `key` (`Type/id`) and goes on by the parameters `steps`."""

    key: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A resource points by `names` into one of the branches (`location:below=42`): to the key of the branch, or to a
    resource that is below it, with `above` to one that is above it."""

    names: tuple[str, ...]
    branches: tuple[Branch, ...]
    above: bool = False
    rank: int = LAST_RANK


@dataclass(frozen=True, slots=True)
class Words:
    """The text of a resource matches. `filter` is for its document in the text index, a collection of its own.

    broad: the filter says what the text does not hold, so no index leads to the matches.
    """

    filter: Filter
    broad: bool = False


ReadFirst = Chain | Has | Hierarchy | Words
"""Clauses that have no filter until other documents have been read."""

Clause = Comparison | Present | Bound | And | Or | Not | ReadFirst

_RANK_OF_HAS, _RANK_OF_WORDS = 0, 3


def of_types(*types: str) -> Bound:
    """Return the clause that only resources of these types match."""
    return Bound(({"t": types[0] if len(types) == 1 else {"$in": list(types)}},))


def rank(clause: Clause) -> int:
    """Return how few resources a bound clause is likely to leave, the fewest first."""
    match clause:
        case Bound() | Chain() | Hierarchy():
            return clause.rank
        case And():
            return min(map(rank, clause.clauses))
        case Or():
            return max(map(rank, clause.clauses))
        case Not(Bound() as inner):
            return inner.rank
        case Has():
            return _RANK_OF_HAS
        case Words():
            return _RANK_OF_WORDS
        case _:
            return LAST_RANK


def conjuncts(clause: Clause) -> tuple[Clause, ...]:
    """Return the clauses that must all be met for this one: itself, unless it is an And."""
    return clause.clauses if isinstance(clause, And) else (clause,)


def reads_first(clause: Clause) -> Iterator[ReadFirst]:
    """Yield, from left to right, the clauses that need other documents. Those within the end of a chain are left out:
    they belong to the search for that end."""
    match clause:
        case And() | Or():
            for part in clause.clauses:
                yield from reads_first(part)
        case Not():
            yield from reads_first(clause.clause)
        case Chain() | Has() | Hierarchy() | Words():
            yield clause


def leads_elsewhere(clause: Clause) -> bool:
    """Tell whether other documents must be read before the clause has a filter."""
    match clause:
        case Bound():
            return False
        case And() | Or():
            return any(map(leads_elsewhere, clause.clauses))
        case Not():
            return leads_elsewhere(clause.clause)
        case _:
            return isinstance(clause, ReadFirst)


def children(clause: Clause) -> tuple[Clause, ...]:
    """Return the clauses directly within a clause, those at the ends of chains too."""
    match clause:
        case And() | Or():
            return clause.clauses
        case Not():
            return (clause.clause,)
        case Chain():
            return tuple(end.clause for end in clause.ends)
        case Has():
            return (clause.end.clause,)
        case _:
            return ()


def every(clause: Clause) -> Iterator[Clause]:
    """Yield the clause and all that is within it, at any depth."""
    yield clause
    for child in children(clause):
        yield from every(child)


def reads_text(clause: Clause) -> bool:
    """Tell whether the clause asks the text index, here or at the end of a chain."""
    return any(isinstance(inner, Words) for inner in every(clause))


def searches(clause: Clause) -> int:
    """Return the number of searches that a clause takes: its own and those for the ends of its chains."""
    if isinstance(clause, Not):
        return searches(clause.clause)
    return 1 + sum(map(searches, children(clause)))
