"""Whatever is sent to the internal documents, the answer is never a 500; what is accepted is read again as written."""

import copy
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api import Deployment, create
from gateway.errors import GatewayError, Invalid
from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.mapping.proofs.alterations import edits
from gateway.mapping.proofs.laws import different
from gateway.mapping.values.edits import plain
from gateway.store import Write
from tests.api.server.test_robustness import relaxed, values

UNSTORABLE = "observation.broken.fhir.json"  # too broken for the search index
FOLDER = Path(__file__).parents[3] / "mappings/golden"
GOLDEN = [file for file in sorted(FOLDER.glob("*.fhir.json")) if file.name != UNSTORABLE]
MAPPINGS = Mappings.load(GOLDEN[0].parents[1])
fewer = settings(relaxed, max_examples=30)
MERGE = "application/merge-patch+json"


def golden(file: Path) -> tuple[str, dict[str, Any]]:
    """The collection and the resource, under an id of our own."""
    resource = fhir_json.parse(file.read_bytes()) | {"id": "r1"}
    return MAPPINGS.by_type[resource["resourceType"]].collection, resource


def sane(answer: httpx.Response) -> None:
    """Not a 5xx, and an error is a problem that says something."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json" and answer.json()["title"]


def places(node: Any, under: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [under, *(place for key, value in inner for place in places(value, (*under, key)))]


def put_at(document: Any, place: tuple[Any, ...], value: Any) -> None:
    for key in place[:-1]:
        document = document[key]
    document[place[-1]] = value


@fewer
@given(st.sampled_from(GOLDEN), st.data())
async def test_junk_anywhere(
    client: httpx.AsyncClient, deployment: Deployment, file: Path, data: st.DataObject
) -> None:
    collection, resource = golden(file)
    await deployment.store.commit(Write(resource["resourceType"], "r1", resource, "partner:x"))
    address = f"http://gateway/internal/{collection}/r1"
    document = (await client.get(address)).json()
    before = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)[1:]))
        put_at(document, place, data.draw(values))
    answer = await client.put(address, content=fhir_json.dump(document), headers={"Content-Type": "application/json"})
    sane(answer)
    if answer.status_code < 300:
        mapping = MAPPINGS.by_type[resource["resourceType"]]
        # What describes an old value goes with it, so single values of `before` may be missing.
        assert (
            different(mapping, fhir_json.parse(fhir_json.dump(document)), fhir_json.parse(answer.content), before) == []
        )
    patch = {key: data.draw(values) for key in data.draw(st.lists(st.sampled_from([*document]), max_size=3))}
    sane(await client.patch(address, content=fhir_json.dump(patch), headers={"Content-Type": MERGE}))


@fewer
@given(st.sampled_from(GOLDEN), st.data())
async def test_edits_of_junk(
    client: httpx.AsyncClient, deployment: Deployment, file: Path, data: st.DataObject
) -> None:
    """What a lenient source sent may be of any shape; its document is read, sent back and edited all the same."""
    collection, resource = golden(file)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(resource)[1:]))
        put_at(resource, place, data.draw(values))
    resource |= {"resourceType": MAPPINGS.collections[collection], "id": "r1"}
    try:
        received = fhir_json.parse(fhir_json.dump(resource))
        await deployment.store.commit(Write(received["resourceType"], "r1", received, "partner:x"))
    except GatewayError:
        return  # cannot be held at all
    address = f"http://gateway/internal/{collection}/r1"
    document = fhir_json.parse((await client.get(address)).content)
    headers = {"Content-Type": "application/json"}
    same = await client.put(address, content=fhir_json.dump(document), headers=headers)
    assert (same.status_code, same.headers["etag"]) == (200, f'W/"{document["fhir"]["version"]}"'), same.text
    place = data.draw(st.sampled_from(places(document)[1:]))
    put_at(document, place, data.draw(values))
    sane(await client.put(address, content=fhir_json.dump(document), headers=headers))


@relaxed
@given(st.sampled_from(sorted(MAPPINGS.collections)), values, st.sampled_from(["POST", "PUT", "PATCH"]))
async def test_json_of_any_shape(client: httpx.AsyncClient, collection: str, body: Any, method: str) -> None:
    address = f"http://gateway/internal/{collection}" + ("" if method == "POST" else "/r1")
    sane(
        await client.request(
            method, address, content=fhir_json.dump(body), headers={"Content-Type": "application/json"}
        )
    )


OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]) | values},
        optional={
            "path": st.sampled_from(["", "/names", "/names/0", "/names/-", "/sex", "/fhir/version", "/_id", "x"]),
            "from": st.sampled_from(["", "/names", "/names/0", "/birth_date"]),
            "value": values,
        },
    ),
    max_size=4,
)


@relaxed
@given(OPERATIONS)
async def test_patches_of_any_content(client: httpx.AsyncClient, deployment: Deployment, operations: Any) -> None:
    patient = {"resourceType": "Patient", "id": "r1", "name": [{"family": "A"}, {"family": "B"}], "birthDate": "1970"}
    await deployment.store.commit(Write("Patient", "r1", patient, "api"))
    media = {"Content-Type": "application/json-patch+json"}
    sane(await client.patch("http://gateway/internal/patients/r1", content=fhir_json.dump(operations), headers=media))


NAMES = ["names.family", "birth_start", "birth_order", "active", "unmapped", "quality.before", "_id", "sort", "limit"]
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(NAMES) | st.text(max_size=5),
        st.sampled_from(["", ":eq", ":ne", ":gt", ":in", ":exists", ":prefix"]) | st.text(max_size=3),
        st.sampled_from(["1", "true", "-active", "1970", "1e400", "nan", "(", "\\", "$", ","]) | st.text(max_size=5),
    ),
    max_size=3,
)


@relaxed
@given(QUERIES)
async def test_queries_of_any_content(client: httpx.AsyncClient, query: list[tuple[str, str, str]]) -> None:
    params = [(name + operator, value) for name, operator, value in query]
    sane(await client.get("http://gateway/internal/patients", params=params))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name.removesuffix(".fhir.json"))
async def test_what_get_gave_may_be_sent_back_edited(
    deployment: Deployment, client: httpx.AsyncClient, file: Path
) -> None:
    """A few edits of each golden resource, also of broken ones: stored is what the mapping makes of the edit."""
    collection, resource = golden(file)
    mapping = MAPPINGS.by_type[resource["resourceType"]]
    lenient = create(Deployment(deployment.store, "1", strictness="lenient"))
    address = f"http://gateway/internal/{collection}/r1"
    headers = {"Content-Type": "application/json"}
    document = plain(mapping.get(resource).document)
    possible = list(edits(mapping, document))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(lenient)) as editor:
        for edit in Random(file.name).sample(possible, min(6, len(possible))):
            await deployment.store.commit(Write(resource["resourceType"], "r1", copy.deepcopy(resource), "api"))
            before = await deployment.store.resources.read(resource["resourceType"], "r1")
            answer = await editor.put(address, content=fhir_json.dump(edit.document), headers=headers)
            sane(answer)
            after = await deployment.store.resources.read(resource["resourceType"], "r1")
            assert before is not None and after is not None
            try:
                expected = mapping.put(edit.document, fhir_json.parse(before.body))
            except Invalid:
                assert (answer.status_code, after.version) == (422, before.version)
                continue
            assert answer.status_code == 200, (edit.path, edit.what, answer.text)
            assert _content(after.body) == _content(fhir_json.dump(expected)), (edit.path, edit.what)
            shown = fhir_json.parse((await client.get(address)).content)
            assert different(mapping, edit.document, shown, document) == []


def _content(body: bytes) -> dict[str, Any]:
    found = fhir_json.parse(body)
    return {**found, "meta": {k: v for k, v in found["meta"].items() if k not in ("versionId", "lastUpdated")}}
