"""`gateway serve` as a process: what it says, when, and what it leaves behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway import app, settings
from gateway.cli import app as command_line
from gateway.errors import ConfigurationError
from gateway.settings import Settings
from tests.cli.conftest import Terminal


def test_it_says_where_it_is_once_it_answers_and_leaves_nothing_running(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        said = json.loads(running.stderr.readline())
        assert said["event"].startswith("gateway at http://127.0.0.1:")
        url = said["url"] + "/"
        assert httpx.get(url + "readyz").status_code == 200
        forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example"}
        links = httpx.get(url + "fhir/Patient", headers=forged).json()["link"]
        assert all(link["url"].startswith(url) for link in links)  # this machine is not trusted unless it is told to be
        mongod = json.loads((tmp_path / "mongod.json").read_text())["pid"]
        os.kill(mongod, 0)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(mongod, 0)


def test_a_taken_port_is_one_clear_line(gateway: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = gateway("serve", "--port", port)
    assert result.exit_code == 2
    [line] = result.output.splitlines()
    assert port in line and "--port" in line and "GATEWAY_PORT" in line
    assert not (gateway.folder / "data").exists()


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("GATEWAY_MAPPINGS", "/nowhere", "there is no such folder"),
        ("GATEWAY_MAPPINGS", "/proc/self/mem", "there is no such folder"),
        ("GATEWAY_PARTNERS", "/nowhere.yaml", "No such file"),
        ("GATEWAY_DATA_DIR", "/proc/nowhere", "No such file"),
        ("GATEWAY_MONGO_URI", "mongodb://u:geheim42@[::1/", "is not a MongoDB URI"),
        ("GATEWAY_MONGO_URI", "mongodb://u:geheim42@127.0.0.1:1/?serverSelectionTimeoutMS=1", "127.0.0.1:1"),
    ],
)
def test_what_keeps_it_from_starting_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(setting, value)
    result = CliRunner().invoke(command_line, ["serve", "--port", "0"])
    assert result.exit_code == 2
    [line] = result.output.splitlines()
    assert line.startswith("error: ") and setting in line and reason in line and "geheim" not in line


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours_is_one_clear_line(
    gateway: Terminal, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("GATEWAY_TOKENS", "secret")
    result = gateway("serve", "--host", host)
    assert result.exit_code == 2
    [line] = result.output.splitlines()
    assert host in line and "--host" in line and "gateway at" not in line


async def test_a_port_taken_while_the_store_opens_is_told_alike_and_the_store_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    closed = asyncio.Event()

    @asynccontextmanager
    async def taking(_: Settings) -> AsyncIterator[None]:
        with socket.create_server(("127.0.0.1", port)):
            try:
                yield
            finally:
                closed.set()

    monkeypatch.setattr(app, "open_parts", taking)
    said: list[str] = []
    with pytest.raises(ConfigurationError, match=str(port)):
        await app.serve(settings.read(port=port), said.append)
    assert closed.is_set() and said == []


def test_the_names_that_are_ours_are_those_of_the_settings() -> None:
    assert settings.read(host="127.0.0.1").hosts == {"127.0.0.1"}
    assert settings.read(base_url="https://Hospital.example:8443/r4").hosts == {"127.0.0.1", "hospital.example"}
    assert settings.read(host="::1").url == "http://[::1]:8080"


def test_with_tokens_any_name_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKENS", "secret")
    assert settings.read().hosts is None


@pytest.mark.parametrize("url", ["hospital.example", "ftp://hospital.example", "https://", "http://[x"])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_BASE_URL"):
        settings.read(base_url=url)
