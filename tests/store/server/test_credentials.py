"""The embedded MongoDB opens for who can read the key in the data directory, and for nobody else."""

import os
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from gateway.errors import ConfigurationError
from gateway.store.server import credentials, embedded, mongod

NOT_AUTHORIZED, WRONG_PASSWORD = 13, 18


def test_the_key_is_private_stays_and_does_not_show(tmp_path: Path) -> None:
    made = credentials.ensure(tmp_path)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert credentials.ensure(tmp_path) == made == credentials.read(tmp_path)
    assert made.key not in repr(made) and made.password not in repr(made)
    assert credentials.ensure(_folder(tmp_path / "other")).key != made.key


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_could_read_is_replaced(tmp_path: Path, mode: int) -> None:
    before = credentials.ensure(tmp_path)
    before.file.chmod(mode)
    after = credentials.ensure(tmp_path)
    assert after.key != before.key and stat.S_IMODE(after.file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 100, b"a b" * 50, b"x" * 2000])
def test_a_file_that_is_no_key_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mongod.key"
    file.write_bytes(content)
    file.chmod(0o600)
    assert len(credentials.ensure(tmp_path).key) == 128


def test_where_nothing_can_be_private_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_OTHERS", 0o600)  # as if this file system gave every file to everybody
    with pytest.raises(ConfigurationError, match="GATEWAY_DATA_DIR"):
        credentials.ensure(tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"mongod\.key cannot be read"):
        credentials.read(tmp_path)


async def test_nobody_reads_writes_or_makes_users_without_the_password(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as running:
        port = urlsplit(running.uri).port
        async with AsyncMongoClient("127.0.0.1", port, directConnection=True) as stranger:
            for attempt in (
                stranger.gateway.resources.find_one(),
                stranger.gateway.resources.insert_one({}),
                stranger.list_database_names(),
                stranger.admin.command("createUser", "evil", pwd="x", roles=["root"]),
                stranger.admin.command("shutdown"),
            ):
                with pytest.raises(OperationFailure) as refused:
                    await attempt
                assert refused.value.code == NOT_AUTHORIZED
        guess = running.uri.replace(urlsplit(running.uri).password or "", "0" * 64)
        async with AsyncMongoClient(guess) as guesser:
            with pytest.raises(OperationFailure) as refused:
                await guesser.gateway.resources.find_one()
            assert refused.value.code == WRONG_PASSWORD


async def test_the_secret_is_in_no_command_line_log_or_repr(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as running:
        secret = credentials.read(tmp_path)
        assert running.pid
        told = Path(f"/proc/{running.pid}/cmdline").read_text() + Path(f"/proc/{running.pid}/environ").read_text()
        told += repr(running) + (tmp_path / "mongod.json").read_text()
    told += (tmp_path / "mongod.log").read_text()
    assert secret.key not in told and secret.password not in told
    for folder, _, names in os.walk(tmp_path):
        for name in names:
            others = (Path(folder) / name).stat().st_mode & 0o077
            assert not others or name in ("mongod.json", "gateway.lock"), name


async def test_a_folder_from_before_there_was_a_key_and_one_whose_key_is_lost_open_again(tmp_path: Path) -> None:
    async with (
        embedded.start(tmp_path, cache_gb=0.25) as first,
        AsyncMongoClient(first.uri) as client,
    ):
        await client.probe.things.insert_one({"_id": 1})
    (tmp_path / "mongod.key").unlink()
    async with (
        embedded.start(tmp_path, cache_gb=0.25) as second,
        AsyncMongoClient(second.uri) as client,
    ):
        assert second.uri != first.uri
        assert await client.probe.things.count_documents({}) == 1
        await client.admin.command("ping")


async def test_a_folder_that_had_no_users_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen

    def without_key(command: list[str], *rest: object, **named: object) -> object:
        at = command.index("--keyFile")
        return start(command[:at] + command[at + 4 :], *rest, **named)  # type: ignore[call-overload]

    async def no_user(client: object, secret: object) -> None: ...

    with monkeypatch.context() as older:
        older.setattr(mongod.subprocess, "Popen", without_key)
        older.setattr(mongod, "_make_user", no_user)
        older.setattr(
            mongod, "_system_client", lambda port, _: AsyncMongoClient("127.0.0.1", port, directConnection=True)
        )
        async with embedded.start(tmp_path, cache_gb=0.25) as open_to_all:
            port = urlsplit(open_to_all.uri).port
            async with AsyncMongoClient("127.0.0.1", port, directConnection=True) as anybody:
                await anybody.probe.things.insert_one({"_id": 7})
    async with embedded.start(tmp_path, cache_gb=0.25) as closed, AsyncMongoClient(closed.uri) as client:
        assert [one["_id"] async for one in client.probe.things.find()] == [7]
