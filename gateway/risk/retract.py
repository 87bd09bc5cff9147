"""When an input is corrected or withdrawn, the assessments that rest on it say so: both they and their successors stay.

`amended`: the input now has another value, the successor carries it. `entered-in-error`: the input is gone (deleted,
entered in error, moved to another patient, no longer readable).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from gateway.fhir.json import Resource
from gateway.risk.assess import INPUTS, canonical_value
from gateway.risk.person import ages, person
from gateway.risk.readings import patient, readings
from gateway.risk.score import Score
from gateway.risk.scores import SCORES

Verdict = Literal["amended", "entered-in-error"]

_BY_ID = {score.id: score for score in SCORES}


def score_of(assessment: Resource) -> Score | None:
    """The score a stored RiskAssessment or Observation of ours came from."""
    codings = assessment.get("method", {}).get("coding", ())
    return next((_BY_ID[c["code"]] for c in codings if c.get("code") in _BY_ID), None)


def observation_verdict(score: Score, then: Resource, today: Resource | None, now: datetime) -> Verdict | None:
    """`then` is the version the assessment rests on, `today` the current one (None: deleted)."""
    before = _facts(score, then, now)
    if today is None or patient(today) != patient(then):
        return "entered-in-error" if before else None
    after = _facts(score, today, now)
    if all(after.get(name) == fact for name, fact in before.items()):
        return None
    return "amended" if before.keys() <= after.keys() else "entered-in-error"


def patient_verdict(score: Score, then: Resource, today: Resource, when: str) -> Verdict | None:
    """`when` is the index time: a new birth date matters only if it makes another age then."""
    before, after = person(then), person(today)
    if score.uses_sex and before.sex != after.sex:
        return "amended" if after.sex else "entered-in-error"
    if score.uses_age and ages(before.birth, when) != ages(after.birth, when):
        return "amended" if ages(after.birth, when) else "entered-in-error"
    if min(ages(after.birth, when), default=0) < score.ages.low:
        return "entered-in-error"
    return None


def _facts(score: Score, observation: Resource, now: datetime) -> Mapping[str, tuple[str, str, int]]:
    needed = {need.input.name for need in score.needs}
    found = [reading for reading in readings(observation, INPUTS, now) if reading.input in needed]
    return {r.input: (canonical_value(r), r.unit, r.at) for r in found if r.refused is None}
