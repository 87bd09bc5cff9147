"""The pages about `/internal` are a contract: the transcript runs, and the tables list all there is."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI

from gateway.api.internal.routes import ROUTES
from gateway.store.internal.filters import OPERATORS

DOCS = Path(__file__).parents[3] / "docs"
TRANSCRIPT = (DOCS / "how-to" / "edit-documents.md").read_text("utf-8")
REFERENCE = (DOCS / "reference" / "internal-interface.md").read_text("utf-8")
ANYTHING = "…"


class Step(NamedTuple):
    command: str
    status: int
    headers: dict[str, str]
    body: Any


def steps() -> Iterator[Step]:
    for block in re.findall(r"```console\n(.*?)```", TRANSCRIPT, re.DOTALL):
        for command, status, told in re.findall(
            r"^\$ ([^\n]*)\nHTTP (\d+)\n(.*?)(?=^\$|\Z)", block, re.DOTALL | re.MULTILINE
        ):
            headers = dict(re.findall(r"^([A-Z][\w-]+): (.*)$", told, re.MULTILINE))
            body = told[told.index("{") :] if "{" in told else "null"
            yield Step(command, int(status), headers, json.loads(body))


def request(command: str) -> httpx.Request:
    """What curl would send: -X, -H, -d and an address."""
    words = iter(shlex.split(command)[1:])
    method, headers, body, url = "GET", {}, b"", ""
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words).encode()
            case _:
                url = f"http://{word}"
    return httpx.Request(method, url, headers=headers, content=body)


def same(shown: Any, found: Any) -> bool:
    if shown == ANYTHING:
        return found is not None
    if isinstance(shown, dict) and isinstance(found, dict):
        return shown.keys() == found.keys() and all(same(part, found[name]) for name, part in shown.items())
    if isinstance(shown, list) and isinstance(found, list):
        return len(shown) == len(found) and all(map(same, shown, found))
    return bool(shown == found)


async def test_the_transcript_is_what_happens(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        for step in steps():
            answer = await client.send(request(step.command))
            assert answer.status_code == step.status, (step.command, answer.text)
            assert {name: answer.headers.get(name) for name in step.headers} == step.headers
            assert step.body is None or same(step.body, answer.json()), (step.command, answer.text)
    assert len([*steps()]) == 11


def test_every_operator_and_address_is_described() -> None:
    rows = re.findall(r"^\| (.*?) \|", REFERENCE, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`([a-z]+)`", row)}
    assert described >= OPERATORS.keys()
    for route in ROUTES:
        assert f"/internal{route.path}`" in REFERENCE, route.path
