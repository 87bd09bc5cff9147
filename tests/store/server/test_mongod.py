"""Starting mongod: its binary, its port, and what went wrong in words of an operator."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.store.server import mongod
from gateway.store.server.credentials import Credentials


def ended(stderr: str, code: int = 1) -> "subprocess.Popen[bytes]":
    """A process that has written `stderr` and ended."""
    command = [sys.executable, "-c", f"import sys; sys.stderr.write({stderr!r}); sys.exit({code})"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    process.wait()
    return process


def line(severity: str, message: str, **attributes: str) -> str:
    return json.dumps({"s": severity, "msg": message, "attr": attributes})


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            [line("I", "started"), line("E", "Failed to unlink", error="permission denied")],
            "Failed to unlink: permission denied",
        ),
        ([line("F", "Cannot open", errorMessage="no space"), line("I", "exiting")], "Cannot open: no space"),
        ([line("E", "first", error="1"), line("E", "last", error="2")], "last: 2"),
        ([line("I", "fine"), "not json", "[1]"], "no reason given"),
        ([], "no reason given"),
    ],
)
def test_the_last_error_of_the_log_is_the_reason(tmp_path: Path, lines: list[str], reason: str) -> None:
    log = tmp_path / "mongod.log"
    log.write_text("\n".join(lines))
    assert mongod.failure(ended("", 14), log).text == f"mongod ended with exit code 14: {reason} (see {log})"


def test_without_a_log_the_reason_is_what_mongod_wrote(tmp_path: Path) -> None:
    error = mongod.failure(ended("Invalid option\n", 2), tmp_path / "none.log")
    assert error.text.startswith("mongod ended with exit code 2: Invalid option (see ")


def test_a_missing_library_is_named_with_the_package_to_install(tmp_path: Path) -> None:
    stderr = "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file: No such file"
    error = mongod.failure(ended(stderr, 127), tmp_path / "none.log")
    assert "mongod needs the shared library libcurl.so.4: install it with `apt-get install libcurl4`" in error.text


def test_a_port_that_is_free_is_kept() -> None:
    port = mongod.free_port(None)
    assert port > 0
    assert mongod.free_port(port) == port


def test_a_port_that_is_in_use_is_not_taken() -> None:
    with socket.socket() as listener:
        listener.bind((mongod.HOST, 0))
        listener.listen()
        used = listener.getsockname()[1]
        assert mongod.free_port(used) not in (0, used)


def test_the_uri_names_user_replica_set_and_port(tmp_path: Path) -> None:
    secret = Credentials(tmp_path / "key", "k" * 64)
    assert mongod.uri(27_123, secret) == (
        f"mongodb://gateway:{secret.password}@127.0.0.1:27123/?replicaSet=gateway&authSource=admin"
    )


def test_mongod_on_the_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "mongod"
    binary.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mongod.binary() == binary


def test_without_any_mongod_the_ways_to_get_one_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"GATEWAY_MONGO_URI.*PATH.*embedded"):
        mongod.binary()


def test_a_program_that_cannot_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mongod").write_text("no program")
    (tmp_path / "mongod").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="cannot run on this machine"):
        mongod.spawn(tmp_path, tmp_path / "log", 1, 0.25, tmp_path / "key")


async def test_stopping_what_has_ended_does_nothing() -> None:
    process = ended("")
    await mongod.stop(process)
    assert process.stderr is not None and process.stderr.closed


async def test_a_mongod_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod, "STOP_SECONDS", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline()
    await mongod.stop(process)
    assert process.returncode == -9
    process.stdout.close()
