"""The embedded MongoDB, started for real in folders of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient

from gateway.errors import ConfigurationError
from gateway.store.server import embedded, mongod

OWNER = """
import asyncio, sys
from pathlib import Path
from gateway.store.server import embedded
async def main():
    async with embedded.start(Path(sys.argv[1]), cache_gb=0.25) as running:
        print(running.pid, running.uri, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


async def put(uri: str, id_: int) -> None:
    async with AsyncMongoClient(uri) as client:
        await client.probe.things.insert_one({"_id": id_})


async def ids(uri: str) -> list[int]:
    async with AsyncMongoClient(uri) as client:
        return [one["_id"] async for one in client.probe.things.find().sort("_id")]


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[tuple["subprocess.Popen[str]", int, str]]:
    """Another process that owns a MongoDB in tmp_path: the process, mongod's process id and the URI."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    pid, uri = (await asyncio.to_thread(process.stdout.readline)).split()
    yield process, int(pid), uri
    process.kill()
    process.wait()
    process.stdout.close()
    await until(lambda: not alive(int(pid)))


async def test_it_starts_stops_and_finds_its_data_again(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as first:
        assert first.owned and first.pid
        await put(first.uri, 1)
    assert not alive(first.pid)
    async with embedded.start(tmp_path, cache_gb=0.25) as second:
        assert await ids(second.uri) == [1]
        assert second.uri == first.uri


async def test_the_log_of_mongod_does_not_tell_what_was_searched_for(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as running, AsyncMongoClient(running.uri) as client:
        await client.test.things.insert_one({"name": "Muster"})
        slow = {"name": "Muster", "$where": "sleep(150) || true"}
        assert await client.test.things.find_one(slow) is not None
    assert "Muster" not in (tmp_path / "mongod.log").read_text()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be the data directory"):
        async with embedded.start(tmp_path / "file" / "data"):
            pass


def _directory(path: Path) -> None:
    path.mkdir()


def _file(path: Path) -> None:
    path.write_text("")


def _full(path: Path) -> None:
    path.symlink_to("/dev/full")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("gateway.lock", _directory, "Is a directory"),
        ("mongod.json.new", _full, "No space left on device"),
        ("mongo", _file, "File exists"),
        ("mongod.key.new", _directory, "Is a directory"),
    ],
)
async def test_a_folder_that_cannot_be_used_is_named_with_its_setting(
    tmp_path: Path, name: str, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(ConfigurationError, match=rf"{tmp_path} cannot be .*GATEWAY_DATA_DIR.*{reason}"):
        async with embedded.start(tmp_path, cache_gb=0.25):
            pass
    assert str(tmp_path) not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


async def test_a_given_uri_is_used_and_nothing_is_started(tmp_path: Path) -> None:
    async with embedded.start(tmp_path / "unused", uri="mongodb://elsewhere/") as running:
        assert running == embedded.Mongod("mongodb://elsewhere/")
    assert not (tmp_path / "unused").exists()


async def test_when_its_port_is_taken_the_replica_set_moves_to_another(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as first:
        await put(first.uri, 1)
    port = urlsplit(first.uri).port
    squatter = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    async with squatter, embedded.start(tmp_path, cache_gb=0.25) as second:
        assert second.uri != first.uri
        assert await ids(second.uri) == [1]


async def test_mongod_killed_under_a_living_gateway_comes_back_where_it_was(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as running:
        await put(running.uri, 1)
        assert running.pid
        os.kill(running.pid, signal.SIGKILL)
        await put(running.uri, 2)
        assert await ids(running.uri) == [1, 2]
    assert not alive(running.pid)


async def test_mongod_does_not_outlive_a_killed_gateway(
    tmp_path: Path, owner: tuple["subprocess.Popen[str]", int, str]
) -> None:
    process, pid, uri = owner
    await put(uri, 1)
    process.kill()
    process.wait()
    async with embedded.start(tmp_path, cache_gb=0.25) as running:  # at once, while the old one is still closing
        assert not alive(pid)
        assert await ids(running.uri) == [1]


async def test_gateway_and_mongod_both_killed_leave_a_folder_that_starts(
    tmp_path: Path, owner: tuple["subprocess.Popen[str]", int, str]
) -> None:
    process, pid, uri = owner
    await put(uri, 1)
    os.kill(pid, signal.SIGKILL)
    process.kill()
    process.wait()
    async with embedded.start(tmp_path, cache_gb=0.25) as running:
        assert await ids(running.uri) == [1]


async def test_a_second_gateway_is_refused_and_told_who_is_there(
    tmp_path: Path, owner: tuple["subprocess.Popen[str]", int, str]
) -> None:
    with pytest.raises(embedded.Locked, match=f"process id {owner[0].pid}:"):
        async with embedded.start(tmp_path):
            pass


async def test_a_command_may_attach_to_the_running_one_and_leaves_it_running(
    tmp_path: Path, owner: tuple["subprocess.Popen[str]", int, str]
) -> None:
    async with embedded.start(tmp_path, attach=True) as running:
        assert (running.owned, running.pid, running.uri) == (False, *owner[1:])
    assert alive(owner[1])


async def test_attaching_where_nothing_runs_starts_one(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, attach=True, cache_gb=0.25) as running:
        assert running.owned


async def test_the_process_id_of_another_program_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    (tmp_path / "mongod.json").write_text(f'{{"pid": {bystander.pid}, "port": 1}}')
    async with embedded.start(tmp_path, cache_gb=0.25):
        assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_without_any_mongod_the_three_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"GATEWAY_MONGO_URI.*PATH.*embedded"):
        mongod.binary()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2; exit 127",
         "apt-get install libcurl4"),
        ("echo 'no space' >&2; exit 14", "exit code 14: no space"),
    ],
)  # fmt: skip
async def test_why_mongod_does_not_start_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mongod").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bin" / "mongod").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(ConfigurationError, match=message):
        async with embedded.start(tmp_path / "data"):
            pass
