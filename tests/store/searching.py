"""A small hospital to search in, and the words to do it."""

from typing import Any

from gateway.search.query import parse
from gateway.store import Store, Write
from gateway.store.find.search import Page
from tests.conftest import NoMappings

__all__ = ["NoMappings"]

Resource = dict[str, Any]


def patient(id_: str, **content: Any) -> Resource:
    return {"resourceType": "Patient", "id": id_, **content}


def observation(id_: str, subject: str, code: str = "8480-6", **content: Any) -> Resource:
    coding = [{"system": "http://loinc.org", "code": code}]
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": coding},
        "subject": {"reference": subject},
        **content,
    }


async def put(store: Store, *resources: Resource) -> None:
    await store.commit(*(Write(one["resourceType"], one["id"], one, "api") for one in resources))


async def found(store: Store, type_: str | None, query: str) -> Page:
    pairs = [tuple(part.split("=", 1)) for part in query.split("&") if part]
    return await store.resources.search(parse(type_, pairs))  # type: ignore[arg-type]


def ids(page: Page) -> list[str]:
    return [stored.id for stored in page.entries]


async def all_pages(store: Store, type_: str, query: str) -> list[list[str]]:
    pages = [await found(store, type_, query)]
    while pages[-1].next:
        pages.append(await found(store, type_, f"{query}&_page={pages[-1].next}"))
    return [ids(page) for page in pages]


WARD = {"resourceType": "Organization", "id": "ward", "name": "Ward 7"}
HOSPITAL = [
    WARD,
    patient(
        "a", name=[{"family": "Abel"}], birthDate="1950-05-05", managingOrganization={"reference": "Organization/ward"}
    ),
    patient("b", name=[{"family": "Bebel"}], birthDate="1960"),
    patient("c", name=[{"family": "Cebel"}]),
    observation("1", "Patient/a", effectiveDateTime="2024-01-01"),
    observation("2", "Patient/a", effectiveDateTime="2024-03-01"),
    observation("3", "Patient/b", effectiveDateTime="2024-02-01"),
    observation("4", "Patient/gone", code="1-1"),
]
