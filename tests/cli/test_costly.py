"""`gateway serve` under a request that would take all memory: it stays small, answers others, and ends when told to."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

JSON = {"Content-Type": "application/fhir+json"}
COSTLY = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": "Patient?_count=1000"}}] * 5_000,
    }
)


class Running:
    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url

    def megabytes(self, kind: str) -> int:
        """VmRSS now, or VmHWM, the most that it ever was."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(kind))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With 1,500 patients and budgets that are reached in a few seconds."""
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", "--data-dir", str(folder), "--no-scores"]
    env = {**os.environ, "GATEWAY_REQUEST_DOCUMENTS": "60000", "GATEWAY_REQUEST_SECONDS": "40"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            assert process.stderr is not None
            url = f"{json.loads(process.stderr.readline())['url']}/"
            threading.Thread(target=process.stderr.read, daemon=True).start()  # else its log would fill the pipe
            for start in range(0, 1_500, 500):
                bundle = batch(range(start, start + 500))
                httpx.post(f"{url}fhir", json=bundle, headers=JSON, timeout=60).raise_for_status()
            yield Running(process, url)
        finally:
            process.kill()  # else the end of the block would wait for a gateway that nobody stops


def batch(numbers: range) -> dict[str, object]:
    name = [{"family": "Muster", "given": ["Eva", "Maria"]}]
    return {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [
            {
                "request": {"method": "PUT", "url": f"Patient/p{number}"},
                "resource": {"resourceType": "Patient", "id": f"p{number}", "name": name, "birthDate": "1980-01-01"},
            }
            for number in numbers
        ],
    }


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_batch_of_large_searches_takes_no_more_memory_than_its_budget(running: Running) -> None:
    before = running.megabytes("VmRSS")
    answer = httpx.post(f"{running.url}fhir", content=COSTLY, headers=JSON, timeout=110)
    assert answer.status_code == 200
    statuses = [entry["response"]["status"][:3] for entry in answer.json()["entry"]]
    told = [entry for entry in answer.json()["entry"] if "resource" in entry]
    assert len(statuses) == 5_000 and set(statuses) == {"200", "400"}
    assert all(len(entry["resource"]["entry"]) == 1_000 for entry in told)
    issue = answer.json()["entry"][-1]["response"]["outcome"]["issue"][0]
    assert issue["code"] == "too-costly" and "60,000 documents" in issue["diagnostics"]
    assert running.megabytes("VmHWM") < before + 400


def test_it_ends_while_such_a_request_is_under_way(running: Running) -> None:
    def ask() -> None:
        with contextlib.suppress(httpx.HTTPError):  # it may be answered in time, or not at all
            httpx.post(f"{running.url}fhir", content=COSTLY, headers=JSON, timeout=110)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(1)
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
    assert time.monotonic() - began < 30
    asking.join(10)
