"""From examples to suggestions: the codes whose known names are most like what is asked about, ranked by evidence.

Which evidence speaks for a code, and how strongly, is learned on names held back: each fifth of the spellings is looked
up in what is known from the other four, and a gradient-boosted classifier learns from those answers when a candidate
was right. Its probability is the confidence. Names of codes that the other four do not have are part of that, which
is how it learns not to know.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from gateway.codes.corpus import Example, Look, merged
from gateway.codes.learning.knowledge import EVIDENCE, Candidate, Knowledge
from gateway.codes.learning.vectors import Vectorizer
from gateway.codes.suggestion import SURE, WORTH_SHOWING, Answer, Suggestion
from gateway.errors import BadRequest
from gateway.mapping.quality.preferred import VITAL_SIGNS
from gateway.mapping.quality.scale import scale

FOLDS, SEED = 5, 20
_TIE = 0.05
FEWEST_SPELLINGS, FEWEST_CODES = 10, 2
_MOST_HELD_BACK = 5_000
"""Spellings that confidence is learned from: more would take minutes and change nothing."""


class Model:
    """Made by `fit`, or put together from what was kept."""

    def __init__(self, knowledge: Knowledge, ranker: HistGradientBoostingClassifier) -> None:
        self.knowledge, self.ranker = knowledge, ranker

    @classmethod
    def fit(cls, examples: Iterable[Example]) -> "Model":
        """The same examples give the same model. Raises BadRequest when there are too few to learn from."""
        known = merged(examples)
        spellings = {example.look.spelling for example in known}
        codes = {code for example in known for code in example.codes}
        if len(spellings) < FEWEST_SPELLINGS or len(codes) < FEWEST_CODES:
            raise BadRequest(
                f"too little to learn from: {len(spellings)} names of {len(codes)} LOINC codes; "
                f"at least {FEWEST_SPELLINGS} names of {FEWEST_CODES} codes are needed"
            )
        return cls(_knowledge(known), _ranker(known))

    def answer(self, looks: Sequence[Look], most: int = 5) -> list[Answer]:
        """For each look the likeliest codes, `most` at most."""
        asked = list(self.knowledge.candidates(looks))
        evidence = [candidate.evidence for candidates in asked for candidate in candidates]
        with threadpool_limits(1):
            # All at once: the classifier takes as long for ten as for ten thousand.
            chances = iter(self.ranker.predict_proba(np.array(evidence))[:, 1] if evidence else ())
        answers = []
        for look, candidates in zip(looks, asked, strict=True):
            ranked = [(_held(float(next(chances)), one.code, look.unit), one) for one in candidates]
            ranked.sort(key=lambda one: (-one[0] - _ahead(one[1].code), -one[1].evidence[0], one[1].code))
            likely = [one for one in ranked[:most] if one[0] >= WORTH_SHOWING]
            answers.append(Answer(tuple(self._suggestion(look, candidate, chance) for chance, candidate in likely)))
        return answers

    def _suggestion(self, look: Look, candidate: Candidate, chance: float) -> Suggestion:
        names = dict.fromkeys(example.look.name for example in candidate.nearest)
        likeness = dict(zip(EVIDENCE, candidate.evidence, strict=True))["name"]
        return Suggestion(
            candidate.code,
            round(chance, 3),
            round(likeness, 3),
            self.knowledge.titles[candidate.code],
            tuple(names),
            tuple(_reasons(look, candidate)),
        )


def measures(code: str, unit: str) -> bool:
    """False for a code of a mass where moles were sent, and the like: its name says another property than was measured,
    however alike the names. True where nothing is known of the code or the unit."""
    found = scale(code, None, None, unit) if unit else None
    return found is None or not any(rule in ("unit.molar", "unit.dimension") for rule, _, _ in found.rules)


def _held(chance: float, code: str, unit: str) -> float:
    """Not more likely right than wrong where the unit contradicts, whatever senders who mix them up have taught."""
    return chance if measures(code, unit) else min(chance, SURE - WORTH_SHOWING)


def _ahead(code: str) -> float:
    """Of codes about as likely, that of the vital signs profile goes first: it names no site that nobody told of."""
    return _TIE if code in VITAL_SIGNS else 0.0


def fold(look: Look, folds: int = FOLDS, seed: int = SEED) -> int:
    """Which part of the data a spelling belongs to: the spelling alone decides, so that it is never on both sides."""
    return zlib.crc32(f"{seed} {look.spelling}".encode()) % folds


def _knowledge(examples: Sequence[Example]) -> Knowledge:
    return Knowledge(examples, Vectorizer.fit([example.look for example in examples]))


def _ranker(examples: Sequence[Example]) -> HistGradientBoostingClassifier:
    evidence: list[tuple[float, ...]] = []
    right: list[bool] = []
    for number in range(FOLDS):
        rest = [example for example in examples if fold(example.look) != number]
        held = [example for example in examples if fold(example.look) == number][: _MOST_HELD_BACK // FOLDS]
        if not rest or not held:
            continue
        for example, candidates in zip(held, _knowledge(rest).candidates([e.look for e in held]), strict=True):
            evidence += [candidate.evidence for candidate in candidates]
            right += [candidate.code in example.codes for candidate in candidates]
    if len(set(right)) < 2:  # nothing held back was found, or nothing missed: then nothing can be said of the chances
        evidence, right = [*evidence, (0.0,) * len(EVIDENCE), (1.0,) * len(EVIDENCE)], [*right, False, True]
    ranker = HistGradientBoostingClassifier(
        max_depth=3, max_iter=80, learning_rate=0.08, monotonic_cst=list(EVIDENCE.values()), random_state=SEED
    )
    with threadpool_limits(1):  # so little data: more threads would wait for each other longer than they work
        return ranker.fit(np.array(evidence), np.array(right))


def _reasons(look: Look, candidate: Candidate) -> Iterator[str]:
    """The evidence in words."""
    given = dict(zip(EVIDENCE, candidate.evidence, strict=True))
    yield f"name {given['name']:.0%} like “{candidate.nearest[0].look.name}”"
    if look.unit:
        known = {2.0: "known for it", 1.0: "measures the same as its units", -1.0: "not among its units"}
        yield f"unit {look.unit} {known.get(given['unit'], 'nothing to compare with')}"
        if not measures(candidate.code, look.unit):
            yield f"{look.unit} does not measure what the code names"
    if given["size"] >= 0:
        yield "numbers of this size are known" if given["size"] == 0 else "numbers of another size"
    if not given["kind"]:
        yield f"never seen with a value of the kind {look.kind or 'none'}"
    if given["panel"]:
        yield f"{'known' if given['panel'] > 0 else 'not known'} as a part of {look.panel}"
