"""Mappings are exchanged while the gateway runs; views are collections that can only be read."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from gateway.api import Deployment
from gateway.mapping import Mappings
from gateway.store import Store, Write
from tests.api.expect import resource

ROOT = "http://gateway/internal"
SHIPPED = Path(__file__).parents[3] / "mappings"
PLAIN = {"Content-Type": "application/json"}
VIEW = {
    "resourceType": "ViewDefinition",
    "name": "birthdays",
    "status": "active",
    "resource": "Patient",
    "select": [
        {
            "column": [
                {"name": "id", "path": "getResourceKey()", "type": "id"},
                {"name": "born", "path": "birthDate"},
                {"name": "alive", "path": "deceased.empty()", "type": "boolean"},
                {"name": "given", "path": "name.given", "type": "string", "collection": True},
            ]
        }
    ],
}
NAMES = {
    **VIEW,
    "name": "all_names",
    "select": [{"forEach": "name", "column": [{"name": "family", "path": "family", "type": "string"}]}],
}

Use = Callable[[], Awaitable[None]]


@pytest.fixture
async def use(store: Store, tmp_path: Path) -> AsyncIterator[Use]:
    """Takes the mappings of `tmp_path`, which begin as those that are shipped."""
    before = store.internal.mappings
    shutil.copy(SHIPPED / "patient.yaml", tmp_path)

    async def use() -> None:
        await store.internal.use(Mappings.load(tmp_path))

    yield use
    await store.internal.use(before)


async def test_views_are_read_and_filtered_but_never_written(
    client: httpx.AsyncClient, deployment: Deployment, use: Use, tmp_path: Path
) -> None:
    for view in (VIEW, NAMES):
        (tmp_path / f"{view['name']}.json").write_text(json.dumps(view))
    await use()
    for id_, year in (("p1", "1970"), ("p2", "1980")):
        names = [{"family": "A", "given": [year, "x"]}, {"family": f"B{year}"}]
        await deployment.store.commit(
            Write("Patient", id_, {"resourceType": "Patient", "birthDate": year, "name": names}, "api")
        )
    told = {one["name"]: one for one in resource(await client.get(ROOT))["collections"]}
    assert not told["birthdays"]["writable"] and told["patients"]["writable"]
    for query, expected in (
        ("birthdays?born=1970", "p1"),
        ("birthdays?given=1980&alive=true", "p2"),
        ("all_names?rows.family=B1980", "p2"),
        ("all_names?rows.family=C", None),
    ):
        [found] = [resource(await client.get(f"{ROOT}/{query}"))[query.partition("?")[0]]]
        assert [one["_id"] for one in found] == ([expected] if expected else []), query
    assert resource(await client.get(f"{ROOT}/birthdays/p1"))["born"] == "1970"
    for method, path in (
        ("PUT", "birthdays/p1"),
        ("PATCH", "birthdays/p1"),
        ("DELETE", "birthdays/p1"),
        ("POST", "birthdays"),
    ):
        answer = await client.request(method, f"{ROOT}/{path}", content=b"{}", headers=PLAIN)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), method


async def test_a_mapping_that_changed_is_followed_at_once(
    client: httpx.AsyncClient, deployment: Deployment, use: Use, tmp_path: Path
) -> None:
    photo = [{"url": "http://example.org/p1.png"}]
    await deployment.store.commit(Write("Patient", "p1", {"resourceType": "Patient", "photo": photo}, "api"))
    old = resource(await client.get(f"{ROOT}/patients/p1"))
    with (tmp_path / "patient.yaml").open("a") as file:
        file.write("  photos: {path: photo.url, type: text, list: true}\n")
    await use()

    # What the old mapping did not show must not be taken away by somebody who never saw it.
    answer = await client.put(f"{ROOT}/patients/p1", json={**old, "active": True}, headers=PLAIN)
    assert answer.status_code == 409 and answer.json()["errors"][0]["field"] == "fhir.mapping"

    # A list is what is stored: it says how many of its documents wait to be made again.
    assert resource(await client.get(f"{ROOT}/patients"))["stale"] == 1
    [told] = resource(await client.get(f"{ROOT}/mappings"))["mappings"]
    assert (told["collection"], told["stale"]) == ("patients", 1)

    new = resource(await client.get(f"{ROOT}/patients/p1"))
    assert new["photos"] == ["http://example.org/p1.png"] and new["fhir"]["version"] == 1
    answer = await client.put(f"{ROOT}/patients/p1", json={**new, "active": True}, headers=PLAIN)
    assert answer.status_code == 200 and answer.json()["active"] is True
    assert resource(await client.get("Patient/p1"))["photo"] == photo
    listed = resource(await client.get(f"{ROOT}/patients?photos:prefix=http"))
    assert listed["patients"][0]["_id"] == "p1" and "stale" not in listed
    assert [one["stale"] for one in resource(await client.get(f"{ROOT}/mappings"))["mappings"]] == [0]
