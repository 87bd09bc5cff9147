"""Criteria, understood: what a resource must be like, and which other resources must be found first.

All are pure data; `compile` and the store turn them into what MongoDB is asked.
"""

from dataclasses import dataclass

from gateway.search.notation.tokens import Filter


@dataclass(frozen=True, slots=True)
class Chain:
    """A criterion on another resource: those of `type` that match `clause`.

    Forward (`subject:Patient.name`): we point to one of them by one of the parameters `names`. Reverse
    (`_has:Observation:patient:code`): one of them points to us by `names`. `canonical`: the pointer is the other's
    `url`, not its address on a server; `single`: there is one pointer at most.
    """

    names: tuple[str, ...]
    type: str
    clause: "Clause"
    reverse: bool = False
    canonical: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A criterion on the place in a hierarchy (`location:below=42`): we point by `names` to `key` (`Type/id`), or to
    one that is below it (above it) by way of the parameters `steps`, however far."""

    names: tuple[str, ...]
    key: str
    steps: tuple[str, ...]
    above: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A criterion on the words of a resource, which are kept in a collection of their own: `filter` is for that, see
    `gateway.search.language.text_query`. `broad`: it says what is not there, to which no index leads."""

    filter: Filter
    broad: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One criterion: any of `filters`, `chains`, `branches`, `words` or `groups`, of which a group wants all its
    clauses to hold; `negative`: none of them. `rank`: see Parameter. `since`: what matches has a main date that
    ends at this moment or later, see `gateway.search.notation.eras`."""

    filters: tuple[Filter, ...] = ()
    negative: bool = False
    chains: tuple[Chain, ...] = ()
    branches: tuple[Branch, ...] = ()
    words: tuple[Words, ...] = ()
    groups: tuple[tuple["Clause", ...], ...] = ()
    rank: int = 9
    since: int | None = None

    @property
    def parts(self) -> tuple["Clause", ...]:
        """The criteria that it joins, if it is nothing but these."""
        others = self.filters or self.chains or self.branches or self.words or self.negative
        return self.groups[0] if len(self.groups) == 1 and not others else (self,)

    @property
    def leads_elsewhere(self) -> bool:
        """Whether other resources must be found before it can be told what it means."""
        here = bool(self.chains or self.branches or self.words)
        return here or any(one.leads_elsewhere for group in self.groups for one in group)

    @property
    def reads_words(self) -> bool:
        """Whether the words of resources must be known, here or at the other end of a chain."""
        nested = [one for group in self.groups for one in group] + [chain.clause for chain in self.chains]
        return bool(self.words) or any(one.reads_words for one in nested)

    @property
    def searches(self) -> int:
        """How many searches it takes, this one included."""
        nested = sum(one.searches for group in self.groups for one in group)
        return 1 + nested + sum(chain.clause.searches for chain in self.chains)


def on(type_: str) -> Clause:
    """Only resources of one type."""
    return Clause(({"t": type_},), rank=8)
