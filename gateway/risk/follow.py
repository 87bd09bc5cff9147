"""Score the patients that changes in the feed concern, and retract what the changes made wrong.

Everything here may run twice: the same inputs make the same ids. Changes that scoring made itself (origin `risk:…`) are
skipped.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from gateway import errors
from gateway.fhir import fhir_json
from gateway.risk import load
from gateway.risk.assess import INPUTS, Outcome, weigh
from gateway.risk.readings import InputReading, patient, relevant
from gateway.risk.record import record
from gateway.risk.retract import retract
from gateway.store import Change, Store, Stored

PATIENTS = 50
"""Patients in one round, to bound memory and to commit a few hundred resources at a time."""

Progress = Callable[[int, int], None]
"""Called with (patients done, patients in all)."""


@dataclass(slots=True)
class Touched:
    """Patients to score again, and Observations and Patients whose earlier version an assessment may rest on."""

    patients: dict[str, None] = field(default_factory=dict)
    observations: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of scoring many patients. `assessments` counts new ones, `without` counts scores that had no result."""

    patients: int
    assessments: int
    without: int


async def score_changes(store: Store, changes: Sequence[Change]) -> None:
    """Handle changes as a follower of the feed. Raises what the store raises; the changes are then delivered again."""
    ours = [change for change in changes if not change.origin.startswith("risk:")]
    touched = Touched()
    await _observations(store, _by_id(ours, "Observation"), touched)
    for id_, change in _by_id(ours, "Patient").items():
        touched.patients[id_] = None
        if change.version > 1:
            touched.persons.append(id_)
    now = datetime.now(UTC)
    await retract(store, touched.observations, touched.persons, now)
    for ids in _chunks(list(touched.patients)):
        await _score(store, ids, now)


async def score_patient(store: Store, id_: str) -> list[Outcome]:
    """Score one patient now. Raises NotFound."""
    outcomes, _ = await _score(store, [id_], datetime.now(UTC))
    if id_ not in outcomes:
        raise errors.NotFound(f"There is no Patient/{id_} that can be scored")
    return outcomes[id_]


async def score_all(store: Store, progress: Progress | None = None) -> Tally:
    """Score every patient now."""
    # All ids first: a search's snapshot of the database lasts minutes, scoring a large hospital may take longer.
    patients = [one.id async for page in load.pages(store, "Patient") for one in page]
    done = new = without = 0
    for ids in _chunks(patients):
        outcomes, added = await _score(store, ids, datetime.now(UTC))
        done, new = done + len(ids), new + added
        without += sum(each.assessment is None for some in outcomes.values() for each in some)
        if progress:
            progress(done, len(patients))
    return Tally(done, new, without)


async def _score(store: Store, ids: Sequence[str], now: datetime) -> tuple[Mapping[str, list[Outcome]], int]:
    """Return the outcomes of the patients that exist, and the number of new assessments."""
    patients = await load.patients(store, ids)
    readings = await load.readings(store, list(patients), now)
    outcomes: dict[str, list[Outcome]] = {}
    for id_, stored in patients.items():
        found = await load.guarded(store, stored, partial(_weigh, stored, readings[id_]), None)
        if found is not None:
            outcomes[id_] = found
    gone: dict[str, list[Outcome]] = {id_: [] for id_ in ids if id_ not in patients}
    return outcomes, await record(store, {**outcomes, **gone}, now)


def _weigh(stored: Stored, readings: Sequence[InputReading]) -> list[Outcome]:
    return weigh(fhir_json.parse(stored.body), readings)


def _by_id(changes: Sequence[Change], type_: str) -> dict[str, Change]:
    """Return the first change of each resource in the batch: assessments may rest on the version before it."""
    return {change.id: change for change in reversed(changes) if change.type == type_}


async def _observations(store: Store, changes: Mapping[str, Change], touched: Touched) -> None:
    current = await store.resources.read_many(("Observation", id_) for id_ in changes)
    for id_, change in changes.items():
        after = await _concerns(store, current.get(("Observation", id_)))
        earlier = await store.resources.vread("Observation", id_, change.version - 1) if change.version > 1 else None
        before = await _concerns(store, earlier)
        touched.patients |= {subject: None for subject in (after, before) if subject}
        if before:
            touched.observations.append(id_)


async def _concerns(store: Store, stored: Stored | None) -> str | None:
    """Return the patient whose scores the Observation may affect."""
    if stored is None or stored.deleted:
        return None
    return await load.guarded(store, stored, partial(_subject, stored), None)


def _subject(stored: Stored) -> str | None:
    observation = fhir_json.parse(stored.body)
    return patient(observation) if relevant(observation, INPUTS) else None


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + PATIENTS] for start in range(0, len(ids), PATIENTS))
