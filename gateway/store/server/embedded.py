"""The MongoDB that the gateway brings along: one `mongod` per data directory, owned by one gateway.

    async with embedded.start(Path("data")) as mongo:
        store = await Store.open(mongo.uri, "gateway", mappings)

In the data directory: `mongo/` the database, `mongod.log`, `mongod.json` where it listens, `mongod.key` the secret that
opens it, `gateway.lock` who owns it.
The owner holds an flock on `gateway.lock`, which the kernel drops however the owner ends; mongod is asked by the kernel
to end with its owner, and whatever still runs at the next start is stopped first.
"""

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from gateway.cancellation import cancel
from gateway.errors import ConfigurationError
from gateway.store.server import credentials, mongod
from gateway.store.server.credentials import Credentials

log = structlog.get_logger()

_LOG_BYTES = 32 * 1024 * 1024
_WATCH_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Mongod:
    """Where to connect. `owned`: this process started it and stops it. `pid` is None for a MongoDB given by URI."""

    uri: str = field(repr=False)  # it holds the password
    owned: bool = False
    pid: int | None = None


class Locked(ConfigurationError):
    """Another gateway owns the data directory."""


@asynccontextmanager
async def start(
    data_dir: Path, *, uri: str | None = None, attach: bool = False, cache_gb: float = 1.0
) -> AsyncIterator[Mongod]:
    """A MongoDB for the gateway on `data_dir`, stopped at exit.

    uri: a replica set to use instead (GATEWAY_MONGO_URI); then nothing is started.
    attach: if a gateway already runs on `data_dir`, share its database instead of raising Locked.
    cache_gb: size of mongod's cache.
    """
    if uri:
        yield Mongod(uri)
        return
    data_dir = data_dir.resolve()
    with ExitStack() as held:
        try:
            with _usable(data_dir):
                data_dir.mkdir(parents=True, exist_ok=True)
                held.enter_context(_lock(data_dir / "gateway.lock"))
        except Locked:
            if not attach:
                raise
            yield await _attach(data_dir)
            return
        async with _own(data_dir, cache_gb) as owned:
            yield owned


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Locked(
                f"{path.parent} is in use by the gateway with process id {file.read().strip() or 'unknown'}: "
                "stop it first, or choose another data directory"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def _attach(data_dir: Path) -> Mongod:
    deadline = time.monotonic() + mongod.START_SECONDS
    while time.monotonic() < deadline:
        pid, port = _recorded(data_dir)
        if pid and port and _is_ours(pid, data_dir):
            return Mongod(mongod.uri(port, credentials.read(data_dir)), pid=pid)
        await asyncio.sleep(0.1)
    raise ConfigurationError(f"a gateway holds {data_dir}, but its database does not answer")


@contextmanager
def _usable(data_dir: Path) -> Iterator[None]:
    """Turn errors of the file system (read-only, full, not ours) into a ConfigurationError."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"{data_dir} cannot be the data directory (--data-dir or GATEWAY_DATA_DIR): {error.strerror}"
        ) from error


@asynccontextmanager
async def _own(data_dir: Path, cache_gb: float) -> AsyncIterator[Mongod]:
    with _usable(data_dir):
        (data_dir / "mongo").mkdir(exist_ok=True)
        await _end_leftover(data_dir)
        secret = credentials.ensure(data_dir)
        server = _Server(data_dir, cache_gb, secret)
        port = await server.start()
    watcher = asyncio.create_task(server.watch())
    try:
        yield Mongod(mongod.uri(port, secret), owned=True, pid=server.process.pid)
    finally:
        await cancel(watcher)
        await asyncio.shield(server.stop())


class _Server:
    """The owned mongod through its restarts, which keep the port so that clients find it again."""

    process: "subprocess.Popen[bytes]"
    port: int

    def __init__(self, data_dir: Path, cache_gb: float, secret: Credentials) -> None:
        self.data_dir, self.cache_gb, self.secret = data_dir, cache_gb, secret
        self.log = data_dir / "mongod.log"

    async def start(self) -> int:
        """Starts on the port of last time if it is free, since then the replica set needs no mending."""
        _trim(self.log)
        wanted = _recorded(self.data_dir)[1]
        for _ in range(3):
            port = mongod.free_port(wanted)
            if await self._run(port):
                return port
        raise ConfigurationError(f"mongod found no free port three times in a row; see {self.log}")

    async def _run(self, port: int) -> bool:
        """False if somebody took the port in between."""
        self.process = mongod.spawn(self.data_dir / "mongo", self.log, port, self.cache_gb, self.secret.file)
        try:
            await mongod.ready(self.process, self.log, port, self.secret)
            _record(self.data_dir, self.process.pid, port)
        except BaseException:
            await asyncio.shield(self.stop())
            if self.process.returncode == mongod.ADDRESS_IN_USE:
                return False
            raise
        self.port = port
        return True

    async def watch(self) -> None:
        """Starts mongod again whenever it ends, at first at once, then ever more patiently."""
        pause = 0.0
        while True:
            started = time.monotonic()
            while self.process.poll() is None:
                await asyncio.sleep(_WATCH_SECONDS)
            log.error("mongod ended: starting it again", exit_code=self.process.returncode)
            pause = 0.0 if time.monotonic() - started > 60 else min(30.0, pause * 2 + 0.5)
            try:
                await asyncio.sleep(pause)
                await self._run(self.port)
            except ConfigurationError as error:
                log.error("mongod does not start", reason=error.text)
            except OSError as error:  # a full disk may have room again
                log.error("mongod does not start", reason=error.strerror)

    async def stop(self) -> None:
        await mongod.stop(self.process)


def _record(data_dir: Path, pid: int, port: int) -> None:
    temporary = data_dir / "mongod.json.new"
    temporary.write_text(json.dumps({"pid": pid, "port": port}))
    temporary.replace(data_dir / "mongod.json")


def _recorded(data_dir: Path) -> tuple[int | None, int | None]:
    try:
        record = json.loads((data_dir / "mongod.json").read_text())
        return int(record["pid"]), int(record["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _is_ours(pid: int, data_dir: Path) -> bool:
    """A process id alone proves nothing: it may have been given to another program since."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return arguments[0].endswith(b"mongod") and os.fsencode(data_dir / "mongo") in arguments


async def _end_leftover(data_dir: Path) -> None:
    """A mongod whose owner was killed is on its way out or was never told: tell it once, wait, then insist."""
    pid = _recorded(data_dir)[0]
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + mongod.STOP_SECONDS
        if pid and _is_ours(pid, data_dir):
            log.warning("stopping the mongod that an earlier gateway left behind", process=pid)
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while pid and _is_ours(pid, data_dir) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)


def _trim(path: Path) -> None:
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
