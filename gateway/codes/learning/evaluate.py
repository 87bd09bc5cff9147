"""Measure the suggestions on data that the model has not seen: names held back, and whole sources held back.

Each question is a known name with its unit and its values' magnitudes; the answer is its LOINC code. An observation may
have several LOINC codes at once, and each of them counts as right. The model never learned from the spelling of a
question (name and unit without case, blanks and punctuation). Confidence is learned without it, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gateway.codes.corpus import Example, merged, sources
from gateway.codes.learning.model import FOLDS, SEED, Model, fold
from gateway.codes.suggestion import Answer
from gateway.errors import BadRequest

_OUTER = SEED + 1  # another cut of the data than the one inside `Model.fit`
_RESAMPLES = 1_000
MOST_SOURCES = 20


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with the place of its right answer.

    seen: whether the model knew the code by other names.
    new: whether the model did not know the name with any unit.
    rank: the place of the first right suggestion, from 0; None if none is right.
    """

    example: Example
    seen: bool
    new: bool
    rank: int | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the questions, with the 95 % interval of a bootstrap over spellings."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The shares of the questions whose right code came first, and came among the first five."""

    what: str
    questions: int
    top1: Share
    top5: Share


@dataclass(frozen=True, slots=True)
class Trust:
    """The figures that show how far the confidence of suggestions can be trusted.

    The share of questions that the model claims to know and the share of those that it answers correctly, the Brier
    score, and `bins`: (lowest confidence, questions, mean confidence, share right) of the first suggestions.
    """

    answered: int
    right: int
    brier: float
    bins: tuple[tuple[float, int, float, float], ...]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """All figures of one evaluation. `data` describes the examples."""

    data: dict[str, Any]
    held_out: tuple[Accuracy, ...]
    by_source: tuple[Accuracy, ...]
    sources: tuple[dict[str, Any], ...]
    trust: Trust

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return asdict(self)


def report(examples: Sequence[Example], *, by_source: bool = True) -> EvaluationReport:
    """Evaluate a model that is trained on these examples.

    Holding back one source takes as long as training, so at most MOST_SOURCES sources with the most examples are held
    back. Raises BadRequest if there is too little data.
    """
    names = list(_held_out(merged(examples)))
    held = [source for source, _ in sources(examples)][:MOST_SOURCES] if by_source else []
    asked = {source: list(_foreign(examples, source)) for source in held}
    foreign = {source: outcomes for source, outcomes in asked.items() if outcomes}
    together = [outcome for outcomes in foreign.values() for outcome in outcomes]
    return EvaluationReport(
        _data(examples),
        tuple(_slices(names, "codes known by other spellings")),
        tuple(_slices(together, "codes known from other sources")) if len(foreign) > 1 else (),
        tuple(_source(source, outcomes) for source, outcomes in foreign.items()),
        _trust(names),
    )


def _held_out(examples: Sequence[Example]) -> Iterator[AnsweredQuestion]:
    for number in range(FOLDS):
        held = [example for example in examples if fold(example.look, FOLDS, _OUTER) == number]
        rest = [example for example in examples if fold(example.look, FOLDS, _OUTER) != number]
        yield from _asked(Model.fit(rest), held)


def _foreign(examples: Sequence[Example], source: str) -> Iterator[AnsweredQuestion]:
    """Ask about the names of one source, after learning from all others."""
    held = merged(example for example in examples if example.source == source)
    try:
        model = Model.fit([example for example in examples if example.source != source])
    except BadRequest:
        return  # nobody else to learn from
    yield from _asked(model, held)


def _asked(model: Model, held: Sequence[Example]) -> Iterator[AnsweredQuestion]:
    codes = set(model.knowledge.codes)
    names = {example.look.spelling[0] for example in model.knowledge.examples}
    for example, answer in zip(held, model.answer([example.look for example in held]), strict=True):
        ranks = [rank for rank, one in enumerate(answer.suggestions) if one.code in example.codes]
        seen = not codes.isdisjoint(example.codes)
        yield AnsweredQuestion(example, seen, example.look.spelling[0] not in names, next(iter(ranks), None), answer)


def _slices(outcomes: Sequence[AnsweredQuestion], known: str) -> Iterator[Accuracy]:
    seen = [outcome for outcome in outcomes if outcome.seen]
    yield _accuracy(known, seen)
    yield _accuracy("… asked by a name that is not LOINC's", [one for one in seen if not one.example.official])
    yield _accuracy("… asked by a name never seen with any unit", [outcome for outcome in seen if outcome.new])
    yield _accuracy("all, unknown codes counted as wrong", outcomes)


def _accuracy(what: str, outcomes: Sequence[AnsweredQuestion]) -> Accuracy:
    first = np.array([outcome.rank == 0 for outcome in outcomes], float)
    among = np.array([outcome.rank is not None for outcome in outcomes], float)
    spellings = [outcome.example.look.spelling for outcome in outcomes]
    return Accuracy(what, len(outcomes), _share(first, spellings), _share(among, spellings))


def _share(right: Any, spellings: Sequence[tuple[str, str]]) -> Share:
    """Return the share that is right. Questions of one spelling are drawn together: they are not independent."""
    if not len(right):
        return Share(0.0, 0.0, 1.0)
    _, groups = np.unique([" / ".join(spelling) for spelling in spellings], return_inverse=True)
    hits, sizes = np.bincount(groups, right), np.bincount(groups)
    drawn = np.random.default_rng(SEED).integers(0, len(sizes), (_RESAMPLES, len(sizes)))
    shares = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return Share(*(round(float(value), 3) for value in (right.mean(), low, high)))


def _source(source: str, outcomes: Sequence[AnsweredQuestion]) -> dict[str, Any]:
    seen = [outcome for outcome in outcomes if outcome.seen]
    return {
        "source": source,
        "questions": len(outcomes),
        "known": len(seen),
        "top1": sum(outcome.rank == 0 for outcome in seen),
        "top5": sum(outcome.rank is not None for outcome in seen),
    }


def _trust(outcomes: Sequence[AnsweredQuestion]) -> Trust:
    """Compute the figures over all questions, also those of unknown codes, since people meet both."""
    asked = [outcome for outcome in outcomes if outcome.answer.suggestions]
    chance = np.array([outcome.answer.suggestions[0].confidence for outcome in asked])
    right = np.array([outcome.rank == 0 for outcome in asked], float)
    known = np.array([outcome.answer.known for outcome in asked], bool)
    bins = []
    for low in (0.0, 0.25, 0.5, 0.75, 0.9):
        high = min(edge for edge in (0.25, 0.5, 0.75, 0.9, 1.01) if edge > low)
        inside = (chance >= low) & (chance < high)
        if inside.any():
            mean, share = float(chance[inside].mean()), float(right[inside].mean())
            bins.append((low, int(inside.sum()), round(mean, 3), round(share, 3)))
    brier = float(((chance - right) ** 2).mean()) if len(asked) else 0.0
    return Trust(int(known.sum()), int(right[known].sum()), round(brier, 3), tuple(bins))


def _data(examples: Sequence[Example]) -> dict[str, Any]:
    together = merged(examples)
    return {
        "observations_and_components": sum(example.count for example in examples),
        "examples": len(together),
        "spellings": len({example.look.spelling for example in together}),
        "codes": len({code for example in together for code in example.codes}),
        "sources": len({example.source for example in examples}),
        "names_not_of_loinc": sum(not example.official for example in together),
    }
