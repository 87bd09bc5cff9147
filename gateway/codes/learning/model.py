"""Suggest codes: find those whose known names are most like the name in question, and rank them by evidence.

How strongly each kind of evidence speaks for a code is learned on names held back: the spellings are divided into five
parts, each part is looked up in what is known from the other four, and a gradient-boosted classifier learns from these
answers when a candidate was right. Its probability is the confidence. The parts include names whose codes occur in no
other part, which teaches the model to say that it does not know.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from gateway.codes.corpus import Example, Look, merged
from gateway.codes.learning.knowledge import EVIDENCE, Candidate, CodeKnowledge
from gateway.codes.learning.vectors import Vectorizer
from gateway.codes.suggestion import SURE, WORTH_SHOWING, Answer, Suggestion
from gateway.errors import BadRequest
from gateway.mapping.quality.preferred import VITAL_SIGNS
from gateway.mapping.quality.scale import scale

FOLDS, SEED = 5, 20
_TIE = 0.05
FEWEST_SPELLINGS, FEWEST_CODES = 10, 2
_MOST_HELD_BACK = 5_000
"""The most spellings that confidence is learned from: more would take minutes and change nothing."""


class Model:
    """A trained model: what it knows, and how it ranks candidates."""

    def __init__(self, knowledge: CodeKnowledge, ranker: HistGradientBoostingClassifier) -> None:
        self.knowledge, self.ranker = knowledge, ranker

    @classmethod
    def fit(cls, examples: Iterable[Example]) -> "Model":
        """Train a model. The same examples give the same model. Raises BadRequest if there are too few."""
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
        """Return the likeliest codes for each look, at most `most` of them."""
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
    """Return whether the code can have the unit: False for a code of a mass and a unit in moles, and the like.

    The code's name then says that it measures another property, however similar the names are. True if the code or the
    unit is unknown.
    """
    found = scale(code, None, None, unit) if unit else None
    return found is None or not any(rule in ("unit.molar", "unit.dimension") for rule, _, _ in found.rules)


def _held(chance: float, code: str, unit: str) -> float:
    """Return the confidence, at most even odds if the unit contradicts the code: some senders mix such codes up."""
    return chance if measures(code, unit) else min(chance, SURE - WORTH_SHOWING)


def _ahead(code: str) -> float:
    """Prefer codes of the vital signs profile among equally likely ones: they claim no body site that was not sent."""
    return _TIE if code in VITAL_SIGNS else 0.0


def fold(look: Look, folds: int = FOLDS, seed: int = SEED) -> int:
    """Return the number of the part that a look belongs to. It depends on the spelling alone, so that no spelling is on
    both sides.
    """
    return zlib.crc32(f"{seed} {look.spelling}".encode()) % folds


def _knowledge(examples: Sequence[Example]) -> CodeKnowledge:
    return CodeKnowledge(examples, Vectorizer.fit([example.look for example in examples]))


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
    """Describe the evidence in words."""
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
