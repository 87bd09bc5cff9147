"""Translate a code by concept maps (https://hl7.org/fhir/R4/conceptmap-operation-translate.html)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.fhir.terminology.conceptmap import Also, CodePair, ConceptMap, Unmapped
from gateway.fhir.terminology.verdicts import Coded

NO_MATCH = frozenset({"unmatched", "disjoint"})
_REVERSED = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}
_MAX_DEPTH = 8  # maps that lead to other maps


@dataclass(frozen=True, slots=True)
class Match:
    """A translation of a code.

    source: the url of the map.
    untold: whether the pair depends on codes of other elements that are not known.
    """

    equivalence: str
    coded: Coded
    source: str | None
    products: tuple[Also, ...] = ()
    untold: bool = False

    @property
    def translates(self) -> bool:
        """Whether the match is a translation, not the statement that there is none."""
        return self.equivalence not in NO_MATCH and not self.untold


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of a translation.

    target: the code system of the result, None for any.
    reverse: translate from the targets of the map to its sources.
    known: the codes of other elements, on which pairs may depend.
    others: the maps to which the map refers, by url.
    """

    target: str | None = None
    reverse: bool = False
    known: Sequence[Also] = ()
    others: Mapping[str, ConceptMap] = field(default_factory=dict)


def translated(map_: ConceptMap, coded: Coded, wish: Wish, depth: int = 0) -> Iterator[Match]:
    """Yield all translations of a code, in the order of the map."""
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
    """Tell whether all codes on which a pair depends are known."""
    return all(
        any(one.element == also.element and _same(also.coded, one.coded) for one in known) for also in pair.depends
    )


def _rest(map_: ConceptMap, rest: Unmapped, coded: Coded, wish: Wish, depth: int) -> Iterator[Match]:
    if rest.mode == "other-map":
        other = wish.others.get((rest.url or "").partition("|")[0])
        if other is not None and depth < _MAX_DEPTH:
            yield from translated(other, coded, wish, depth + 1)
    elif wish.target in (None, rest.target):
        fixed = rest.mode == "fixed"
        found = Coded(rest.code, rest.target, None, rest.display) if fixed else Coded(coded.code, rest.target)
        yield Match("inexact" if fixed else "equal", found, map_.url)
