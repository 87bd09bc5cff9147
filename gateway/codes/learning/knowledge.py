"""Hold what is known of each code, and find the codes that a look could mean, with the evidence for each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gateway.codes.corpus import Example, Look, folded
from gateway.codes.learning.vectors import Vectorizer
from gateway.codes.units import dimension, folded_unit

EVIDENCE = {
    "alike": 0,  # the cosine with the example of the code that is most like it in all
    "name": 1,  # the cosine of the letters with its nearest name
    "words": 1,  # the same of the words, where rare ones weigh more: systolic is not diastolic
    "said": 0,  # the share of its words that the nearest name has
    "covered": 0,  # the share of the nearest name's words that it has
    "share": 0,  # of all that is alike in some way, how much belongs to the code
    "behind": -1,  # how far `alike` is from that of the best code
    "behind_name": -1,  # how far `name` is
    "best": 0,  # `alike` of the best code: low when nothing known is like it
    "unit": 1,  # 2 known with this unit, 1 with one of this dimension, 0 nothing to compare, -1 another
    "kind": 1,  # 1 known with a value of this kind
    "size": -1,  # half decades between its numbers and those known; not a number: nothing to compare
    "panel": 1,  # 1 known as a part of it, 0 is no part, -1 a part of something else
    "category": 0,  # 1 known in this category
    "spellings": 0,  # by how many spellings the code is known, as a logarithm
    "seen": 0,  # by how many observations, as a logarithm
}
"""The features of a candidate. 1: a higher value can only speak for the code; -1: only against it."""

_CANDIDATES, _NEAREST, _AT_ONCE = 12, 3, 64


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code that a look could mean. `evidence` holds numbers in the order of EVIDENCE, `nearest` the most similar
    examples, best first.
    """

    code: str
    evidence: tuple[float, ...]
    nearest: tuple[Example, ...]


@dataclass(slots=True)
class _Known:
    """Everything that was seen of one code. `rows` are the numbers of its examples."""

    rows: Any
    units: set[str]
    dimensions: set[object]
    kinds: set[str]
    magnitudes: set[int]
    panels: set[str]
    categories: set[str]
    spellings: int
    seen: int


class CodeKnowledge:
    """An index of merged examples by similarity."""

    def __init__(self, examples: Sequence[Example], vectorizer: Vectorizer) -> None:
        self.examples, self.vectorizer = examples, vectorizer
        self.codes = sorted({code for example in examples for code in example.codes})
        self._vectors = vectorizer([example.look for example in examples])
        self._words = [frozenset(folded(example.look.name).split()) for example in examples]
        rows: dict[str, list[int]] = {code: [] for code in self.codes}
        for row, example in enumerate(examples):
            for code in example.codes:
                rows[code].append(row)
        self.titles = {code: _title(code, [examples[row] for row in rows[code]]) for code in self.codes}
        """What each code is called: LOINC's own name for it as most often seen, where it was seen alone."""
        self._known = [_known([examples[row] for row in rows[code]], rows[code]) for code in self.codes]
        self._order = np.array([row for code in self.codes for row in rows[code]])
        self._starts = np.cumsum([0, *(len(rows[code]) for code in self.codes[:-1])])

    def candidates(self, looks: Sequence[Look]) -> Iterator[list[Candidate]]:
        """Return for each look at most a dozen codes that it could mean, in arbitrary order."""
        for start in range(0, len(looks), _AT_ONCE):
            part = looks[start : start + _AT_ONCE]
            asked = self.vectorizer(part)
            alike, names, words = (
                (one @ other.T).toarray()
                for one, other in (
                    (asked.whole, self._vectors.whole),
                    (asked.letters, self._vectors.letters),
                    (asked.words, self._vectors.words),
                )
            )
            for row, look in enumerate(part):
                yield self._of(look, alike[row], names[row], words[row])

    def _by_code(self, values: Any, how: Any) -> Any:
        return how.reduceat(values[self._order], self._starts)

    def _of(self, look: Look, alike: Any, names: Any, words: Any) -> list[Candidate]:
        best, best_name = self._by_code(alike, np.maximum), self._by_code(names, np.maximum)
        share = self._by_code(alike**4, np.add) / (np.sum(alike**4) + 1e-9)
        chosen = {*np.argsort(-best, kind="stable")[:_CANDIDATES], *np.argsort(-best_name, kind="stable")[:3]}
        asked = frozenset(folded(look.name).split())
        found = []
        for number in sorted(chosen):
            known = self._known[number]
            order = known.rows[np.argsort(-(alike[known.rows] + names[known.rows]), kind="stable")][:_NEAREST]
            its = self._words[known.rows[np.argmax(names[known.rows])]]
            both = len(asked & its)
            evidence = (
                best[number],
                best_name[number],
                float(words[known.rows].max()),
                both / max(1, len(asked)),
                both / max(1, len(its)),
                share[number],
                best.max() - best[number],
                best_name.max() - best_name[number],
                best.max(),
                *_beside_name(look, known),
            )
            nearest = tuple(self.examples[row] for row in order)
            found.append(Candidate(self.codes[number], tuple(map(float, evidence)), nearest))
        return found


def _title(code: str, examples: Sequence[Example]) -> str:
    return max(examples, key=lambda one: (one.official and one.codes == (code,), one.official, one.count)).look.name


def _known(examples: Sequence[Example], rows: list[int]) -> _Known:
    looks = [example.look for example in examples]
    return _Known(
        np.array(rows),
        {folded_unit(look.unit) for look in looks} - {""},
        {dimension(look.unit) for look in looks} - {None},
        {look.kind for look in looks},
        {magnitude for look in looks for magnitude in look.magnitudes},
        {folded(look.panel) for look in looks} - {""},
        {category for look in looks for category in look.categories},
        len({look.spelling for look in looks}),
        sum(example.count for example in examples),
    )


def _beside_name(look: Look, known: _Known) -> tuple[float, ...]:
    panel = folded(look.panel)
    return (
        _unit(look, known),
        float(look.kind in known.kinds),
        _size(look, known),
        0.0 if not panel else 1.0 if panel in known.panels else -1.0,
        float(not known.categories.isdisjoint(look.categories)),
        float(np.log(known.spellings)),
        float(np.log1p(known.seen)),
    )


def _unit(look: Look, known: _Known) -> float:
    unit = folded_unit(look.unit)
    if not unit or not known.units:
        return 0.0
    if unit in known.units:
        return 2.0
    return 1.0 if dimension(look.unit) in known.dimensions else -1.0


def _size(look: Look, known: _Known) -> float:
    if not look.magnitudes or not known.magnitudes:
        return math.nan
    return float(min(abs(one - other) for one in look.magnitudes for other in known.magnitudes))
