"""Store outcomes: new assessments in one commit, and reasons for missing scores beside them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.fhir import dates, fhir_json
from gateway.risk import resources
from gateway.risk.assess import Assessment, Outcome
from gateway.risk.device import device, device_id
from gateway.risk.load import ours
from gateway.store import Store, Stored, Write

NOT_SCORED = "not-scored"


async def record(store: Store, outcomes: Mapping[str, Sequence[Outcome]], now: datetime) -> int:
    """Store outcomes by patient id, and return the number of new assessments. Existing ones are left alone."""
    assessments = [o.assessment for each in outcomes.values() for o in each if o.assessment]
    known = await store.resources.read_many(("RiskAssessment", resources.run_id(each)) for each in assessments)
    new = [each for each in assessments if not _stands(known.get(("RiskAssessment", resources.run_id(each))))]
    writes: list[Write] = []
    for each in new:
        writes += _run(each, now, known.get(("RiskAssessment", resources.run_id(each))))
        await asyncio.sleep(0)  # a millisecond each: requests come in between
    devices = {device_id(each.score): each.score for each in new}
    writes += [Write("Device", id_, device(score), _origin(score.id), if_absent=True) for id_, score in devices.items()]
    reasons, obsolete = await _reasons(store, outcomes, now)
    if writes or reasons:
        await store.commit(*writes, state=reasons)
    for key in obsolete:
        await store.states.remove(key)
    return len(new)


def _origin(score: str) -> str:
    return f"risk:{score}"


def _stands(stored: Stored | None) -> bool:
    """Return whether a run needs no writing, because it exists or a person changed or deleted it.

    A run that scoring itself retracted, and that is right again, is written again.
    """
    if stored is None or not ours(stored):
        return stored is not None
    return not stored.deleted and fhir_json.parse(stored.body).get("status") == "final"


def _run(assessment: Assessment, now: datetime, retracted: Stored | None) -> list[Write]:
    """Return the writes of one run. A retracted run is overwritten; otherwise the first writer wins, since all write
    the same.
    """
    built = (
        resources.observation(assessment),
        resources.risk_assessment(assessment),
        resources.provenance(assessment, now),
    )
    origin, if_absent = _origin(assessment.score.id), retracted is None
    return [Write(each["resourceType"], each["id"], each, origin, if_absent=if_absent) for each in built]


async def _reasons(
    store: Store, outcomes: Mapping[str, Sequence[Outcome]], now: datetime
) -> tuple[dict[str, Any], list[str]]:
    """Return the states to put and the keys to remove, only where they differ from what is stored."""
    put: dict[str, Any] = {}
    obsolete: list[str] = []
    for patient, each in outcomes.items():
        there = await store.states.starting_with(f"{NOT_SCORED}/{patient}/")
        wanted = {f"{NOT_SCORED}/{patient}/{o.score.id}": _reason(patient, o) for o in each if o.missing}
        put |= {key: reason for key, reason in wanted.items() if _timeless(there.get(key)) != reason}
        obsolete += there.keys() - wanted.keys()
    at = dates.format_instant(now)
    return {key: {**reason, "recorded": at} for key, reason in put.items()}, obsolete


def _timeless(record: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (record or {}).items() if key != "recorded"}


def _reason(patient: str, outcome: Outcome) -> dict[str, Any]:
    """Return the record of an outcome. `scored` is the index time of an older moment with a result, None if there is
    none.
    """
    missing = [{"input": each.input, "text": each.text, "newest": each.newest} for each in outcome.missing]
    return {
        "patient": patient,
        "score": outcome.score.id,
        "title": outcome.score.title,
        "scored": outcome.assessment.when if outcome.assessment else None,
        "reasons": [str(each) for each in outcome.missing],
        "missing": missing,
    }
