"""Mark assessments whose inputs were corrected or withdrawn; they and their successors stay.

`amended`: the input has another value now, and a successor carries it. `entered-in-error`: the input is gone (deleted,
    entered in error, moved to another patient, no longer readable).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from gateway import event_loop
from gateway.fhir import fhir_json, references
from gateway.fhir.fhir_json import Resource
from gateway.risk import load
from gateway.risk.assess import INPUTS, canonical_value
from gateway.risk.person import ages, person
from gateway.risk.readings import patient, readings
from gateway.risk.score import Score
from gateway.risk.scores import SCORES
from gateway.store import Store, Stored, Write

Verdict = Literal["amended", "entered-in-error"]

_BY_ID = {score.id: score for score in SCORES}
_BOTH = ("RiskAssessment", "Observation")


async def retract(store: Store, observations: Sequence[str], patients: Sequence[str], now: datetime) -> int:
    """Retract the runs that rest on earlier versions of these resources and would come out differently today.

    Return their number. `observations` and `patients` are ids.
    """
    runs = await load.resting_on(store, observations, patients)
    stored = await store.resources.read_many((type_, run) for run in runs for type_ in _BOTH)
    keys = [*(("Observation", id_) for id_ in observations), *(("Patient", id_) for id_ in patients)]
    today = {key: await _parsed(one) for key, one in (await store.resources.read_many(keys)).items()}
    count = 0
    for run in runs:
        kept = [one for type_ in _BOTH if (one := stored.get((type_, run))) and not one.deleted and load.ours(one)]
        verdict = await _verdict(store, kept[0], today, now) if kept and kept[0].type == "RiskAssessment" else None
        if verdict:
            await store.commit(*(_retracted(one, verdict) for one in kept))
            count += 1
    return count


async def _parsed(stored: Stored) -> Resource | None:
    return None if stored.deleted else await event_loop.run(partial(fhir_json.parse, stored.body), stored.body)


def _retracted(stored: Stored, verdict: Verdict) -> Write:
    resource = {**fhir_json.parse(stored.body), "status": verdict}
    return Write(stored.type, stored.id, resource, stored.origin, if_match=stored.version)


async def _verdict(
    store: Store, run: Stored, today: Mapping[tuple[str, str], Resource | None], now: datetime
) -> Verdict | None:
    """Return the worst verdict on any input that a RiskAssessment names."""
    assessment = fhir_json.parse(run.body)
    score, when = score_of(assessment), assessment["occurrenceDateTime"]
    verdicts: set[Verdict | None] = set()
    for basis in assessment["basis"]:
        pin = references.parse_reference(basis["reference"])
        if score is None or pin is None or pin.version is None or (pin.type, pin.id) not in today:
            continue
        then = await store.resources.vread(pin.type, pin.id, int(pin.version))
        if then is not None and not then.deleted:
            compare = partial(_compare, score, fhir_json.parse(then.body), today[pin.type, pin.id], when, now)
            verdicts.add(await load.guarded(store, then, compare, "entered-in-error"))
    return "entered-in-error" if "entered-in-error" in verdicts else "amended" if "amended" in verdicts else None


def _compare(score: Score, then: Resource, today: Resource | None, when: str, now: datetime) -> Verdict | None:
    if then["resourceType"] == "Observation":
        return observation_verdict(score, then, today, now)
    return patient_verdict(score, then, today, when) if today else None


def score_of(assessment: Resource) -> Score | None:
    """Return the score that made a stored RiskAssessment or Observation."""
    codings = assessment.get("method", {}).get("coding", ())
    return next((_BY_ID[c["code"]] for c in codings if c.get("code") in _BY_ID), None)


def observation_verdict(score: Score, then: Resource, today: Resource | None, now: datetime) -> Verdict | None:
    """Compare the version that the assessment rests on with the current one (None if deleted)."""
    before = _facts(score, then, now)
    if today is None or patient(today) != patient(then):
        return "entered-in-error" if before else None
    after = _facts(score, today, now)
    if all(after.get(name) == fact for name, fact in before.items()):
        return None
    return "amended" if before.keys() <= after.keys() else "entered-in-error"


def patient_verdict(score: Score, then: Resource, today: Resource, when: str) -> Verdict | None:
    """Compare two versions of the Patient. A new birth date matters only if it changes the age at `when`, the index
    time.
    """
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
