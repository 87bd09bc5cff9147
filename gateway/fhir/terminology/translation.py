"""What a code is in other terms (https://hl7.org/fhir/R4/conceptmap-operation-translate.html)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.fhir.terminology.conceptmap import Also, CodePair, ConceptMap, Unmapped
from gateway.fhir.terminology.verdicts import Coded

NO_MATCH = frozenset({"unmatched", "disjoint"})
_REVERSED = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}
_DEEPEST = 8  # maps that lead to other maps


@dataclass(frozen=True, slots=True)
class Match:
    """`source` is the address of the map. `untold` where the pair holds only if more is known of the situation."""

    equivalence: str
    coded: Coded
    source: str | None
    products: tuple[Also, ...] = ()
    untold: bool = False

    @property
    def translates(self) -> bool:
        return self.equivalence not in NO_MATCH and not self.untold


@dataclass(frozen=True, slots=True)
class Wish:
    """`target`: only codes of this system; None: of any. `reverse`: from the targets of the maps to their sources.
    `known`: what is at other elements, which pairs may depend on. `others`: maps by address that maps refer to."""

    target: str | None = None
    reverse: bool = False
    known: Sequence[Also] = ()
    others: Mapping[str, ConceptMap] = field(default_factory=dict)


def translated(map_: ConceptMap, coded: Coded, wish: Wish, depth: int = 0) -> Iterator[Match]:
    """All that the map says of a code, in its order."""
    for pair in map_.pairs:
        given, found = (pair.target, pair.source) if wish.reverse else (pair.source, pair.target)
        if _same(given, coded) and wish.target in (None, found.system):
            yield Match(_equivalence(pair, wish), found, map_.url, pair.products, not _holds(pair, wish.known))
    for rest in map_.unmapped if not wish.reverse else ():
        if coded.code not in rest.mapped and _agree(rest.source, coded.system):
            yield from _rest(map_, rest, coded, wish, depth)


def _same(given: Coded, coded: Coded) -> bool:
    return given.code is not None and given.code == coded.code and _agree(given.system, coded.system)


def _agree(one: str | None, other: str | None) -> bool:
    return not one or not other or one == other


def _equivalence(pair: CodePair, wish: Wish) -> str:
    return _REVERSED.get(pair.equivalence, pair.equivalence) if wish.reverse else pair.equivalence


def _holds(pair: CodePair, known: Iterable[Also]) -> bool:
    """A pair counts only where all that it depends on is given."""
    return all(
        any(one.element == also.element and _same(also.coded, one.coded) for one in known) for also in pair.depends
    )


def _rest(map_: ConceptMap, rest: Unmapped, coded: Coded, wish: Wish, depth: int) -> Iterator[Match]:
    if rest.mode == "other-map":
        other = wish.others.get((rest.url or "").partition("|")[0])
        if other is not None and depth < _DEEPEST:
            yield from translated(other, coded, wish, depth + 1)
    elif wish.target in (None, rest.target):
        fixed = rest.mode == "fixed"
        found = Coded(rest.code, rest.target, None, rest.display) if fixed else Coded(coded.code, rest.target)
        yield Match("inexact" if fixed else "equal", found, map_.url)
