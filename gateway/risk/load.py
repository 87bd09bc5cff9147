"""Read from the store what scoring needs, for many patients at a time."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from gateway import event_loop
from gateway.fhir import fhir_json
from gateway.risk.assess import INPUTS
from gateway.risk.device import device_id
from gateway.risk.readings import LOINC_OID, InputReading, patient
from gateway.risk.readings import readings as read
from gateway.risk.scores import SCORES
from gateway.search import query
from gateway.store import Letter, Store, Stored

T = TypeVar("T")

_PAGE = 1000
_UNREADABLE: tuple[str, Sequence[InputReading]] = ("", ())
_CODES = ",".join([f"{system}|{code}" for system, code in INPUTS] + [f"{LOINC_OID}|{code}" for _, code in INPUTS])
_DEVICES = ",".join(f"Device/{device_id(score)}" for score in SCORES)


async def pages(store: Store, type_: str, *criteria: tuple[str, str]) -> AsyncIterator[Sequence[Stored]]:
    """Yield all current resources that match, a page at a time."""
    position: tuple[tuple[str, str], ...] = ()
    while True:
        page = await store.resources.search(query.parse(type_, [*criteria, ("_count", str(_PAGE)), *position]))
        yield page.entries
        if page.next is None:
            return
        position = (("_page", page.next),)


async def patients(store: Store, ids: Iterable[str]) -> dict[str, Stored]:
    """Return the live patients by id."""
    found = await store.resources.read_many(("Patient", id_) for id_ in ids)
    return {one.id: one for one in found.values() if not one.deleted}


async def readings(store: Store, patient_ids: Sequence[str], now: datetime) -> dict[str, list[InputReading]]:
    """Return patient id -> readings that any score may use. Only a page of Observations is in memory at a time."""
    loaded: dict[str, list[InputReading]] = {id_: [] for id_ in patient_ids}
    if not loaded:
        return loaded
    subjects = ("subject", _references("Patient", patient_ids))
    async for page in pages(store, "Observation", subjects, ("combo-code", _CODES)):
        for one in page:
            subject, found = await guarded(store, one, partial(_read, one, now), _UNREADABLE)
            loaded.get(subject, []).extend(found)
    return loaded


def _read(stored: Stored, now: datetime) -> tuple[str, Sequence[InputReading]]:
    observation = fhir_json.parse(stored.body)
    return patient(observation) or "", read(observation, INPUTS, now)


async def guarded(store: Store, stored: Stored, work: Callable[[], T], otherwise: T) -> T:
    """Return what `work` makes of a stored resource, or `otherwise` if it fails.

    Resources of partners are stored as they came, in any shape. A resource that cannot be worked on becomes a dead
    letter (source "risk"), so that it does not keep others from being scored.
    """
    try:
        return await event_loop.run(work, stored.body)
    except Exception as error:
        await store.letters.add(Letter("risk", f"{stored.type}/{stored.id}", "cannot be scored", type(error).__name__))
        return otherwise


async def resting_on(store: Store, observation_ids: Sequence[str], patient_ids: Sequence[str]) -> list[str]:
    """Return the ids of the final runs that used one of these Observations or concern one of these Patients."""
    found: dict[str, None] = {}
    for criteria in (
        (("derived-from", _references("Observation", observation_ids)),),
        (("subject", _references("Patient", patient_ids)), ("device", _DEVICES)),
    ):
        if criteria[0][1]:
            async for page in pages(store, "Observation", ("status", "final"), *criteria):
                found |= {one.id: None for one in page if ours(one)}
    return list(found)


def ours(stored: Stored) -> bool:
    """Return whether scoring wrote the present version. What a person changed or deleted since is theirs."""
    return stored.origin.startswith("risk:")


def _references(type_: str, ids: Iterable[str]) -> str:
    return ",".join(f"{type_}/{id_}" for id_ in ids)
