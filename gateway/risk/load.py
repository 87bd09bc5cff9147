"""What scoring reads from the store: many patients per query."""

from collections.abc import AsyncIterator, Iterable, Sequence

from gateway.fhir import json
from gateway.fhir.json import Resource
from gateway.risk.assess import INPUTS
from gateway.risk.device import device_id
from gateway.risk.readings import LOINC_OID, patient
from gateway.risk.resources import RUNS
from gateway.risk.scores import SCORES
from gateway.search import query
from gateway.store import Store, Stored

_PAGE = 1000
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


async def patients(store: Store, ids: Iterable[str]) -> dict[str, Resource]:
    """The live ones, by id."""
    found = await store.read_many(("Patient", id_) for id_ in ids)
    return {one.id: json.parse(one.body) for one in found.values() if not one.deleted}


async def observations(store: Store, patient_ids: Sequence[str]) -> dict[str, list[Resource]]:
    """Patient id -> the Observations that any score may read."""
    loaded: dict[str, list[Resource]] = {id_: [] for id_ in patient_ids}
    if not loaded:
        return loaded
    async for page in pages(
        store, "Observation", ("subject", _references("Patient", patient_ids)), ("combo-code", _CODES)
    ):
        for resource in map(json.parse, (one.body for one in page)):
            loaded.get(patient(resource) or "", []).append(resource)
    return loaded


async def resting_on(store: Store, observation_ids: Sequence[str], patient_ids: Sequence[str]) -> list[str]:
    """The ids of the runs still final that used one of these Observations, or concern one of these Patients."""
    found: dict[str, None] = {}
    for criteria in (
        (("derived-from", _references("Observation", observation_ids)),),
        (("subject", _references("Patient", patient_ids)), ("device", _DEVICES)),
    ):
        if criteria[0][1]:
            async for page in pages(store, "Observation", ("status", "final"), *criteria):
                found |= {one.id: None for one in page if is_run(json.parse(one.body))}
    return list(found)


def is_run(resource: Resource) -> bool:
    return any(identifier.get("system") == RUNS for identifier in resource.get("identifier", ()))


def _references(type_: str, ids: Iterable[str]) -> str:
    return ",".join(f"{type_}/{id_}" for id_ in ids)
