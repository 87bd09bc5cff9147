"""Run the embedded MongoDB: one `mongod` per data directory, owned by one gateway.

    async with embedded.start(Path("data")) as mongo:
        store = await Store.open(mongo.uri, "gateway", mappings)

The data directory contains:

    mongo/        the database
    mongod.log    the log of mongod
    mongod.json   process id and port of mongod
    mongod.key    the secret of the database
    gateway.lock  the process id of the owner

The owner holds an flock on `gateway.lock`, which the kernel drops however the owner ends. The kernel also asks mongod
to end when its owner ends, and a mongod that still runs at the next start is stopped first.
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
"""A log that is larger at the start is set aside."""
_WATCH_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Mongod:
    """A MongoDB to connect to.

    owned: whether this process started it and will stop it.
    pid: its process id; None for a MongoDB that a URI names.
    """

    uri: str = field(repr=False)  # it holds the password
    owned: bool = False
    pid: int | None = None


class Locked(ConfigurationError):
    """Raised when another gateway owns the data directory."""


@asynccontextmanager
async def start(
    data_dir: Path, *, uri: str | None = None, attach: bool = False, cache_gb: float = 1.0
) -> AsyncIterator[Mongod]:
    """Start a MongoDB on `data_dir`, and stop it at exit.

    uri: a replica set to use instead (GATEWAY_MONGO_URI). Then nothing is started.
    attach: whether to share the database of a gateway that already runs on `data_dir`, instead of raising Locked.
    cache_gb: the size of mongod's cache in gigabytes.
    Raises ConfigurationError if the directory cannot be used or mongod does not start.
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
    """Hold the lock of a data directory. Raises Locked if another gateway holds it."""
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
    """Return the running MongoDB of another gateway, waiting until it has started. Raises ConfigurationError."""
    deadline = time.monotonic() + mongod.START_SECONDS
    while time.monotonic() < deadline:
        pid, port = _recorded(data_dir)
        if pid and port and _is_ours(pid, data_dir):
            return Mongod(mongod.uri(port, credentials.read(data_dir)), pid=pid)
        await asyncio.sleep(0.1)
    raise ConfigurationError(f"a gateway holds {data_dir}, but its database does not answer")


@contextmanager
def _usable(data_dir: Path) -> Iterator[None]:
    """Turn errors of the file system (read-only, full, no permission) in the block into a ConfigurationError."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"{data_dir} cannot be the data directory (--data-dir or GATEWAY_DATA_DIR): {error.strerror}"
        ) from error


@asynccontextmanager
async def _own(data_dir: Path, cache_gb: float) -> AsyncIterator[Mongod]:
    """Run a mongod of our own, started again whenever it ends."""
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
    """The owned mongod. It keeps its port when it is started again, so that clients find it."""

    process: "subprocess.Popen[bytes]"
    port: int

    def __init__(self, data_dir: Path, cache_gb: float, secret: Credentials) -> None:
        self.data_dir, self.cache_gb, self.secret = data_dir, cache_gb, secret
        self.log = data_dir / "mongod.log"

    async def start(self) -> int:
        """Start mongod and return its port: the one of last time if it is free, as the replica set needs no repair
        then.

        Raises ConfigurationError.
        """
        _set_aside_large(self.log)
        last_port = _recorded(self.data_dir)[1]
        for _ in range(3):
            port = mongod.free_port(last_port)
            if await self._run(port):
                return port
        raise ConfigurationError(f"mongod found no free port three times in a row; see {self.log}")

    async def _run(self, port: int) -> bool:
        """Start mongod on `port`. Return False if another process has taken the port meanwhile."""
        self.process = mongod.spawn(self.data_dir / "mongo", self.log, port, self.cache_gb, self.secret.file)
        try:
            await mongod.ready(self.process, self.log, port, self.secret)
            _record(self.data_dir, self.process.pid, port)
        except BaseException:  # cancellation too: mongod must not go on without a watcher
            await asyncio.shield(self.stop())
            if self.process.returncode == mongod.ADDRESS_IN_USE:
                return False
            raise
        self.port = port
        return True

    async def watch(self) -> None:
        """Start mongod again whenever it ends: at once, and with ever longer pauses if it keeps ending."""
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
        """Stop mongod; see gateway.store.server.mongod.stop."""
        await mongod.stop(self.process)


def _record(data_dir: Path, pid: int, port: int) -> None:
    temporary = data_dir / "mongod.json.new"
    temporary.write_text(json.dumps({"pid": pid, "port": port}))
    temporary.replace(data_dir / "mongod.json")


def _recorded(data_dir: Path) -> tuple[int | None, int | None]:
    """Return process id and port of the mongod that was started last, (None, None) if they cannot be read."""
    try:
        record = json.loads((data_dir / "mongod.json").read_text())
        return int(record["pid"]), int(record["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _is_ours(pid: int, data_dir: Path) -> bool:
    """Return whether a process is the mongod of `data_dir`. The id may belong to another program by now."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return arguments[0].endswith(b"mongod") and os.fsencode(data_dir / "mongo") in arguments


async def _end_leftover(data_dir: Path) -> None:
    """Stop a mongod whose owner was killed: first with SIGTERM, then with SIGKILL."""
    pid = _recorded(data_dir)[0]
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + mongod.STOP_SECONDS
        if pid and _is_ours(pid, data_dir):
            log.warning("stopping the mongod that an earlier gateway left behind", process=pid)
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while pid and _is_ours(pid, data_dir) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)


def _set_aside_large(path: Path) -> None:
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
