"""Compute what each score says about a patient, or why it says nothing. Pure: the time is an argument.

Only the newest moment at which a score can be computed is assessed. Older moments were assessed when they were the
newest.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.risk.features import Missing, ScoreInputs, Timeline, choose, timeline
from gateway.risk.inputs import Code, Input
from gateway.risk.person import Person, ages, person
from gateway.risk.readings import InputReading, by_code, readings
from gateway.risk.score import Exclusion, Score, ScoreResult
from gateway.risk.scores import SCORES


@dataclass(frozen=True)
class Assessment:
    """A score's result at its index time `when`, with every input that it rests on. `age` and `sex` are set only if the
    score uses them.
    """

    score: Score
    person: Person
    when: str
    readings: tuple[InputReading, ...]
    age: int | None
    sex: str | None
    result: ScoreResult

    @cached_property
    def inputs_hash(self) -> str:
        """Return the SHA-256 of the inputs: values in canonical units, times and ids of the sources.

        Versions of the sources are left out, because an edit that keeps the value is no new input.
        """
        inputs = [[r.input, canonical_value(r), r.unit, r.at, r.source.id] for r in self.readings]
        canonical = {"when": self.when, "age": self.age, "sex": self.sex, "inputs": inputs}
        return hashlib.sha256(json.dumps(canonical, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one score. Without an assessment, `missing` says why; with one, `missing` says why newer values
    were not used.
    """

    score: Score
    assessment: Assessment | None
    missing: tuple[Missing, ...]


def inputs_of(scores: Iterable[Score]) -> dict[Code, Input]:
    """Return code -> input for every code that the scores read."""
    return by_code([n.input for s in scores for n in s.needs] + [e.input for s in scores for e in s.exclusions])


INPUTS = inputs_of(SCORES)


def assess(
    patient: Resource, observations: Iterable[Resource], now: datetime, scores: Sequence[Score] = SCORES
) -> list[Outcome]:
    """Return an outcome for each score, from the current versions of the patient's Observations."""
    inputs = INPUTS if scores is SCORES else inputs_of(scores)
    return weigh(patient, [each for one in observations for each in readings(one, inputs, now)], scores)


def weigh(patient: Resource, found: Iterable[InputReading], scores: Sequence[Score] = SCORES) -> list[Outcome]:
    """Return an outcome for each score, from the readings of all the patient's Observations."""
    someone, lines = person(patient), timeline(found)
    return [_outcome(score, someone, lines) for score in scores]


def canonical_value(reading: InputReading) -> str:
    """Return the value as text, numbers without trailing zeros."""
    value = reading.value
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _outcome(score: Score, someone: Person, lines: Timeline) -> Outcome:
    if someone.excluded:
        return Outcome(score, None, (Missing("patient", someone.excluded),))
    chosen, missing = choose(score, someone, lines)
    if chosen is None:
        never = _outside_ages(score, someone, lines)
        return Outcome(score, None, (never,) if never else missing)
    unfit = _unfit(score, someone, chosen, lines)
    if unfit:
        return Outcome(score, None, (unfit,))
    return _compute(score, someone, chosen, missing)


def _outside_ages(score: Score, someone: Person, lines: Timeline) -> Missing | None:
    """Say that the patient is too young at the newest input, so that no further input would help; None otherwise."""
    newest = max((line[-1] for need in score.needs if (line := lines.get(need.input.name))), key=_order, default=None)
    possible = ages(someone.birth, newest.when) if newest else ()
    return Missing("age", score.ages.text) if possible and max(possible) < score.ages.low else None


def _order(reading: InputReading) -> tuple[Any, ...]:
    return reading.order


def _unfit(score: Score, someone: Person, chosen: ScoreInputs, lines: Timeline) -> Missing | None:
    possible = ages(someone.birth, chosen.when)
    if not possible:
        return Missing("age", "the birth date is missing or after the index time")
    if max(possible) < score.ages.low:
        return Missing("age", score.ages.text)
    if min(possible) < score.ages.low:
        return Missing("age", f"the birth date is not precise enough: {score.ages.text}")
    if score.uses_sex and someone.sex is None:
        return Missing("sex", "gender is neither male nor female")
    return next((Missing(e.input.name, e.text) for e in score.exclusions if _excludes(e, chosen, lines)), None)


def _excludes(exclusion: Exclusion, chosen: ScoreInputs, lines: Timeline) -> bool:
    moment = max(reading.at for reading in chosen.readings)
    earliest = moment - exclusion.within.total_seconds() * 1_000_000
    known = [r for r in lines.get(exclusion.input.name, ()) if r.refused is None and earliest <= r.at <= moment]
    return bool(known) and known[-1].value == exclusion.value


def _compute(score: Score, someone: Person, chosen: ScoreInputs, missing: tuple[Missing, ...]) -> Outcome:
    values: dict[str, Any] = {reading.input: reading.value for reading in chosen.readings}
    if score.uses_sex:
        values["sex"] = someone.sex
    if not score.uses_age:
        return _scored(score, someone, chosen, score.compute(**values), None, missing)
    possible = ages(someone.birth, chosen.when)
    results = [score.compute(**values, age=age) for age in possible]
    if len({(result.value, result.band) for result in results}) > 1:
        return Outcome(score, None, (Missing("age", "the birth date is not precise enough: the result depends on it"),))
    return _scored(score, someone, chosen, results[0], possible[0], missing)


def _scored(
    score: Score,
    someone: Person,
    chosen: ScoreInputs,
    result: ScoreResult,
    age: int | None,
    missing: tuple[Missing, ...],
) -> Outcome:
    sex = someone.sex if score.uses_sex else None
    return Outcome(score, Assessment(score, someone, chosen.when, chosen.readings, age, sex, result), missing)
