"""The demo's gateways are real processes; none of them outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from gateway.demo.processes import DemoFailed, Site, environment, serving

PROGRAM = """
import asyncio, sys
from pathlib import Path
from gateway.demo.processes import Site, serving

async def main() -> None:
    async with serving(Site("north", int(sys.argv[1]), Path(sys.argv[2]))):
        print("up", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_a_demo_that_is_killed_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(port), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        os.kill(process.pid, number)
        process.wait()
    for _ in range(200):
        if not _running(str(tmp_path)):
            return
        time.sleep(0.1)
    raise AssertionError(_running(str(tmp_path)))


def _running(word: str) -> list[str]:
    """The command lines that hold `word`, ours left out."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if entry.name.isdigit() and int(entry.name) != os.getpid() and word in line:
            found.append(line)
    return found


async def test_a_port_that_is_taken_is_refused_before_a_gateway_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        site = Site("north", other.getsockname()[1], tmp_path / "north")
        with pytest.raises(DemoFailed, match=f"Port {site.port} is in use"):
            async with serving(site):
                raise AssertionError("another program answers in place of the gateway")
    assert not site.log.exists()


def test_gateways_of_the_demo_see_no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MONGO_URI", "mongodb://elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")
    inherited = environment()
    assert "GATEWAY_MONGO_URI" not in inherited and inherited["LANG"] == "C.UTF-8"
