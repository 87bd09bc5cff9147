"""`gateway serve` as a process at its end: always within 30 seconds, with one line that says what was given up."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

MONGOD = """
import asyncio, sys
from pathlib import Path
from gateway.store.server import embedded
async def main():
    async with embedded.start(Path(sys.argv[1]), cache_gb=0.25) as running:
        print(running.pid, running.uri, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""

UNFINISHED = b"POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n"
UNFINISHED += b"Content-Length: 1000\r\n\r\n{"


class Serving:
    """A running `gateway serve`; its log is collected while it runs."""

    def __init__(self, data: Path, **settings: str) -> None:
        command = [sys.executable, "-m", "gateway", "serve", "--port", "0", "--data-dir", str(data)]
        environment = {**os.environ, **settings}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self.line("gateway at ")["url"]
        self.address = (urlsplit(self.url).hostname or "", urlsplit(self.url).port or 0)

    def _read(self) -> None:
        assert self.process.stderr
        self.said.extend(iter(self.process.stderr.readline, ""))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line on stderr; each is one JSON object."""
        return [json.loads(line) for line in list(self.said)]

    def line(self, event: str, seconds: float = 60) -> dict[str, Any]:
        """The first line whose event begins like this."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.lines:
                if line["event"].startswith(event):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no line {event!r} in {self.said}")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float, dict[str, Any]]:
        """The exit code, the seconds it took, and the last line."""
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(40)
        took = time.monotonic() - started
        self._reader.join(5)
        return code, took, self.lines[-1]


Serve = Callable[..., Serving]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    running: list[Serving] = []

    def start(**settings: str) -> Serving:
        running.append(Serving(tmp_path / "data", **settings))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()


def load(url: str, count: int = 2000) -> None:
    """Resources whose words wait to be indexed."""
    with httpx.Client(base_url=url, timeout=60) as client:
        for start in range(0, count, 500):
            entries = [
                {
                    "resource": {
                        "resourceType": "Observation",
                        "id": f"o{number}",
                        "status": "final",
                        "code": {"text": f"glucose {number}"},
                        "note": [{"text": "many words " * 30}],
                    },
                    "request": {"method": "PUT", "url": f"Observation/o{number}"},
                }
                for number in range(start, start + 500)
            ]
            sent = client.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": entries})
            assert sent.status_code == 200


def test_every_line_is_json_whatever_comes(serve: Serve) -> None:
    gateway = serve()
    for garbage in (b"\x00\x01\x02\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"G" * 100_000, b"PRI * HTTP/2.0\r\n\r\n"):
        with socket.create_connection(gateway.address) as connection:
            connection.sendall(garbage)
            connection.settimeout(2)
            with suppress(TimeoutError):  # some of it could be the beginning of a request
                connection.recv(100)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "eA==",
        "Sec-WebSocket-Version": "13",
    }
    httpx.get(gateway.url, headers=upgrade)
    assert httpx.post(f"{gateway.url}/fhir/Patient", content=b"{").status_code == 415
    code, seconds, last = gateway.end()
    assert code == 0 and seconds < 30
    assert last["event"] == "stopped" and last["requests_cancelled"] == 0 and last["followers_interrupted"] == []
    assert all({"event", "level", "timestamp"} <= line.keys() for line in gateway.lines)


def test_it_ends_when_mongodb_is_gone_for_good_while_words_are_caught_up(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "mongo"
    owner = subprocess.Popen([sys.executable, "-c", MONGOD, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout
        pid, uri = owner.stdout.readline().split()
        gateway = serve(GATEWAY_MONGO_URI=uri)
        load(gateway.url)
        time.sleep(3.5)  # the feed is quiet: the words begin
        os.kill(int(pid), signal.SIGKILL)
        owner.kill()
        gateway.line("words interrupted", 60)
        code, seconds, last = gateway.end()
        assert code == 0 and seconds < 30
        assert last["event"] == "stopped" and last["level"] == "warning"
        assert "database connection" in last["not_closed"] or last["followers_interrupted"]
        assert (urlsplit(uri).password or "") not in "".join(gateway.said)
    finally:
        owner.kill()
        owner.wait()


def test_it_ends_though_requests_wait_and_mongod_does_not_stop(serve: Serve, tmp_path: Path) -> None:
    gateway = serve()
    load(gateway.url)
    connections = [socket.create_connection(gateway.address) for _ in range(3)]
    mongod = json.loads((tmp_path / "data" / "mongod.json").read_text())["pid"]
    # One client reads nothing, one never finishes its body, one waits for the database.
    connections[1].sendall(UNFINISHED)
    os.kill(mongod, signal.SIGSTOP)
    time.sleep(1)
    connections[2].sendall(b"GET /fhir/Observation?status=final HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.5)
    code, seconds, last = gateway.end()
    assert code in (0, 70) and seconds < 30
    assert last["requests_cancelled"] == 2, gateway.lines[-6:]
    assert any("mongod did not stop" in line["event"] for line in gateway.lines) or code == 70
    connections[1].settimeout(5)
    answer = connections[1].recv(5000)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"shutting down" in answer and b"sandbox;" in answer
    for connection in connections:
        connection.close()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and Path(f"/proc/{mongod}").exists():
        time.sleep(0.1)
    assert not Path(f"/proc/{mongod}").exists()


def test_a_killed_mongod_is_told_and_comes_back(serve: Serve, tmp_path: Path) -> None:
    gateway = serve()
    load(gateway.url, 500)
    os.kill(json.loads((tmp_path / "data" / "mongod.json").read_text())["pid"], signal.SIGKILL)
    assert gateway.line("mongod ended")["exit_code"] == -signal.SIGKILL
    found = httpx.get(f"{gateway.url}/fhir/Observation?_summary=count", timeout=60)
    assert found.json()["total"] == 500
    assert gateway.end()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(serve: Serve, number: int) -> None:
    gateway = serve()
    with socket.create_connection(gateway.address) as waiting:
        waiting.sendall(UNFINISHED)
        time.sleep(0.5)
        gateway.process.send_signal(number)
        gateway.line("stopping")
        code, seconds, last = gateway.end(number)
    assert code == 128 + number and seconds < 3
    assert "second signal" in last["event"] and last["step"] == "requests" and last["requests_under_way"] == 1
