"""SIGTERM ends the process in bounded time, whatever holds it, and it says what it gave up."""

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from gateway import shutdown
from gateway.store.server import mongod

SCRIPT = """
import asyncio, ctypes, os, sys, threading, time
import uvloop
from gateway import logs, shutdown
logs.configure("info")
shutdown.DEADLINE, shutdown.LAST_RESORT = {deadline}, {last}
shutdown.FOLLOWER_SECONDS = 0.5

async def stubborn():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def patient(stop):
    await stop.wait()

async def main():
    end = shutdown.Shutdown()
    begun = asyncio.Event()
    with end.on_signals(begun.set):
        end.followers = {{"good": asyncio.create_task(patient(end.requested)), "late": asyncio.create_task({late})}}
        print("ready", flush=True)
        {body}
        await begun.wait()
        await end.end_followers()
        await end.close(asyncio.sleep(0))
        await end.end_rest()
uvloop.run(main())
"""
LATE = "asyncio.sleep(600)"


def run(body: str = "", late: str = LATE, deadline: float = 3, last: float = 6) -> "subprocess.Popen[str]":
    text = SCRIPT.format(body=body, late=late, deadline=deadline, last=last)
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    return process


def ended(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[int, float, list[dict[str, Any]]]:
    """The exit code, the seconds it took, and the lines of the log."""
    started = time.monotonic()
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    return process.returncode, time.monotonic() - started, [json.loads(line) for line in said.splitlines()]


async def test_a_database_that_fails_while_it_is_closed_does_not_stop_the_end() -> None:
    async def broken() -> None:
        raise ConnectionError

    end = shutdown.Shutdown()
    await end.close(broken())
    assert end.not_closed == ["database connection"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_names_what_was_interrupted(number: int) -> None:
    code, seconds, lines = ended(run(), number)
    assert code == 0 and seconds < 3
    assert [line["event"] for line in lines] == ["stopping", "stopped"]
    assert lines[0]["signal"] == signal.Signals(number).name
    assert lines[1]["followers_interrupted"] == ["late"] and lines[1]["not_closed"] == []


@pytest.mark.parametrize(
    "body",
    ["time.sleep(600)", "while True: pass", "threading.Event().wait()", "await asyncio.to_thread(time.sleep, 600)"],
)
def test_a_process_that_something_holds_ends_at_the_deadline_with_a_code_of_its_own(body: str) -> None:
    code, seconds, lines = ended(run(body))
    assert code == shutdown.GAVE_UP and 2.5 < seconds < 5
    assert "gave up" in lines[-1]["event"] and lines[-1]["step"] == "requests"
    assert "late" in lines[-1]["followers_running"]


def test_a_follower_that_cannot_be_cancelled_holds_nobody_up_for_good() -> None:
    code, seconds, lines = ended(run(late="stubborn()", deadline=8, last=12))
    assert code == shutdown.GAVE_UP and seconds < 10
    stopped = next(line for line in lines if line["event"] == "stopped")
    assert stopped["followers_interrupted"] == ["late"] and "follower late" in stopped["not_closed"]


def test_code_that_holds_the_interpreter_itself_is_ended_without_it() -> None:
    """A call through PyDLL keeps the interpreter's lock: no thread of Python runs any more."""
    body = "asyncio.get_running_loop().call_later(1, lambda: ctypes.PyDLL(None).sleep(600))"
    process = run(body + "\n        await asyncio.sleep(600)", deadline=2, last=4)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 1 and time.monotonic() - started < 7


def test_a_second_signal_ends_it_at_once() -> None:
    process = run("time.sleep(600)", deadline=20, last=25)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    code, seconds, lines = ended(process, signal.SIGINT)
    assert code == 128 + signal.SIGINT and seconds < 2
    assert "second signal" in lines[-1]["event"]


def test_a_log_that_nobody_reads_does_not_hold_it_up() -> None:
    process = run("os.set_blocking(2, True); [os.write(2, b'x' * 1000) for _ in range(1000)]", deadline=2)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(15)
    assert process.returncode == shutdown.GAVE_UP and time.monotonic() - started < 8


def test_all_steps_together_stay_within_thirty_seconds() -> None:
    # Each step but the first has up to two seconds more for what cannot be cancelled.
    steps = [shutdown.REQUEST_SECONDS + 2, 2, shutdown.STORE_SECONDS + 1, mongod.STOP_SECONDS + 1]
    assert sum(steps) <= shutdown.DEADLINE < shutdown.LAST_RESORT < 30
