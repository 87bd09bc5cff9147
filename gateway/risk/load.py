"""What scoring reads from the store: many patients per query."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from gateway import event_loop
from gateway.fhir import fhir_json
from gateway.risk.assess import INPUTS
from gateway.risk.device import device_id
from gateway.risk.readings import LOINC_OID, Reading, patient
from gateway.risk.readings import readings as read
from gateway.risk.scores import SCORES
from gateway.search import query
from gateway.store import Letter, Store, Stored

T = TypeVar("T")

_PAGE = 1000
_UNREADABLE: tuple[str, Sequence[Reading]] = ("", ())
_CODES = ",".join([f"{system}|{code}" for system, code in INPUTS] + [f"{LOINC_OID}|{code}" for _, code in INPUTS])
_DEVICES = ",".join(f"Device/{device_id(score)}" for score in SCORES)


async def pages(store: Store, type_: str, *criteria: tuple[str, str]) -> AsyncIterator[Sequence[Stored]]:
    """All current resources that match, a page at a time."""
    position: tuple[tuple[str, str], ...] = ()
    while True:
        page = await store.search(query.parse(type_, [*criteria, ("_count", str(_PAGE)), *position]))
        yield page.entries
        if page.next is None:
            return
        position = (("_page", page.next),)


async def patients(store: Store, ids: Iterable[str]) -> dict[str, Stored]:
    """The live ones, by id."""
    found = await store.read_many(("Patient", id_) for id_ in ids)
    return {one.id: one for one in found.values() if not one.deleted}


async def readings(store: Store, patient_ids: Sequence[str], now: datetime) -> dict[str, list[Reading]]:
    """Patient id -> what any score may use of their Observations; of the resources only a page is held at a time."""
    loaded: dict[str, list[Reading]] = {id_: [] for id_ in patient_ids}
    if not loaded:
        return loaded
    subjects = ("subject", _references("Patient", patient_ids))
    async for page in pages(store, "Observation", subjects, ("combo-code", _CODES)):
        for one in page:
            subject, found = await guarded(store, one, partial(_read, one, now), _UNREADABLE)
            loaded.get(subject, []).extend(found)
    return loaded


def _read(stored: Stored, now: datetime) -> tuple[str, Sequence[Reading]]:
    observation = fhir_json.parse(stored.body)
    return patient(observation) or "", read(observation, INPUTS, now)


async def guarded(store: Store, stored: Stored, work: Callable[[], T], otherwise: T) -> T:
    """What `work` makes of a stored resource. Partners' resources are stored as they came, in any shape: one that
    cannot be worked on becomes a dead letter (source "risk") and must not keep the others from being scored."""
    try:
        return await event_loop.run(work, stored.body)
    except Exception as error:
        await store.add_letter(Letter("risk", f"{stored.type}/{stored.id}", "cannot be scored", type(error).__name__))
        return otherwise


async def resting_on(store: Store, observation_ids: Sequence[str], patient_ids: Sequence[str]) -> list[str]:
    """The ids of the runs still final that used one of these Observations, or concern one of these Patients."""
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
    """Last written by scoring: what a person has changed or deleted since is theirs."""
    return stored.origin.startswith("risk:")


def _references(type_: str, ids: Iterable[str]) -> str:
    return ",".join(f"{type_}/{id_}" for id_ in ids)
