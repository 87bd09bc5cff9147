"""The review queue over HTTP."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api import Deployment
from gateway.codes.files import Files
from tests.api.expect import resource
from tests.codes.make import LAB, local

ROOT = "http://gateway/internal/codes"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.of(tmp_path, tmp_path)


@pytest.fixture
def deployment(deployment: Deployment, files: Files) -> Deployment:
    return replace(deployment, codes=files)


async def decide(client: httpx.AsyncClient, **said: Any) -> httpx.Response:
    return await client.post(f"{ROOT}/decisions", json=said, headers={"Content-Type": "application/json"})


async def test_the_queue_is_filled_listed_and_decided(client: httpx.AsyncClient, files: Files) -> None:
    for number, name in enumerate(("CREA", "CREA", "UREA")):
        await client.put(f"Observation/o{number}", json=local(f"o{number}", name, name.title(), 1, "mg/dL"))
    filled = resource(await client.post(f"{ROOT}/refresh"))
    assert (filled["items"], filled["open"], filled["model"]) == (2, 2, False)
    page = resource(await client.get(f"{ROOT}?state=open&limit=1"))
    assert page["total"] == 2
    (first,) = page["items"]
    assert (first["from"], first["unit"], first["count"], first["values"]) == (f"{LAB}|CREA", "mg/dL", 2, "1 to 3.2")

    accepted = resource(await decide(client, key=first["key"], decision="accept", code="2160-0", by="Ada"))
    assert accepted["items"][0]["decisions"][0]["by"] == "Ada"
    assert files.code_map.read_text() == f"from,to\n{LAB}|CREA,2160-0\n"
    assert resource(await client.get(f"{ROOT}?state=open"))["total"] == 1
    assert resource(await client.get(f"{ROOT}?state=accepted"))["items"][0]["code"] == "2160-0"

    problem = await decide(client, key=first["key"], decision="accept", code="2951-2", by="Ada")
    assert problem.status_code == 409 and problem.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"key": "x", "decision": "accept", "code": "2160-0", "by": "Ada"}, 404),
        ({"key": "x", "decision": "accept", "code": "2160-0"}, 400),
        ({"key": "x", "decision": "accept", "code": "2160-0", "by": ""}, 400),
        ({"key": "x", "decision": "perhaps", "by": "Ada"}, 400),
        ({"key": "x", "decision": "reject", "by": "Ada", "extra": 1}, 400),
    ],
)
async def test_what_is_no_decision_is_refused(client: httpx.AsyncClient, said: dict[str, str], status: int) -> None:
    assert (await decide(client, **said)).status_code == status


async def test_only_json_decides(client: httpx.AsyncClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(f"{ROOT}/decisions", content=b"key=x", headers=form)).status_code == 415
    broken = {"Content-Type": "application/json"}
    assert (await client.post(f"{ROOT}/decisions", content=b"{", headers=broken)).status_code == 400


@pytest.mark.parametrize("query", ["state=closed", "limit=0", "limit=x"])
async def test_what_cannot_be_listed_is_said(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"{ROOT}?{query}")).status_code == 400
