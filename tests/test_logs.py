"""Every line on stderr is one JSON object, whoever writes it, and quotes no data."""

import json
import logging
import subprocess
import sys

import pytest

from gateway.logs import event_of

SCRIPT = """
import asyncio, logging, threading, warnings
from gateway import logs
logs.configure("info")
logs.catch_everything()
def secret(): raise ValueError("Muster, Eva")
try: secret()
except ValueError: logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n")
logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
logging.getLogger("uvicorn.error").error("Cancel %s running task(s), timeout graceful shutdown exceeded", 3)
logging.getLogger("pymongo").error("failed for %s", "Muster")
logging.getLogger("uvicorn.error").info("Started server process")
warnings.warn("Muster", UserWarning)
thread = threading.Thread(target=secret); thread.start(); thread.join()
class Odd:
    def __del__(self): secret()
Odd()
async def lost():
    task = asyncio.create_task(failing()); await asyncio.sleep(0); del task
async def failing(): secret()
asyncio.run(lost())
import gc; gc.collect()
"""


def test_lines_of_libraries_and_of_the_interpreter_are_json_without_data() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert "Muster" not in ran.stderr
    assert [line["event"] for line in lines] == [
        "Exception in ASGI application",
        "Invalid HTTP request received.",
        "Cancel 3 running task(s), timeout graceful shutdown exceeded",
        "failed for %s",
        "python warning",
        "thread failed",
        "error in a destructor",
        "Task exception was never retrieved",
    ]
    assert all({"level", "timestamp"} <= line.keys() for line in lines)
    first, *_, last = lines
    assert (first["logger"], first["error"]) == ("uvicorn.error", "ValueError")
    assert first["at"][-1].endswith(" secret") and last["error"] == "ValueError"


@pytest.mark.parametrize(
    ("text", "args", "event"),
    [("%d of %d", (1, 2), "1 of 2"), ("%s failed", ("Eva",), "%s failed"), ("a\nb", (), "a"), ("100 %", (), "100 %")],
)
def test_only_numbers_are_filled_in(text: str, args: tuple[object, ...], event: str) -> None:
    assert event_of(logging.LogRecord("x", logging.ERROR, "", 1, text, args, None)) == event
