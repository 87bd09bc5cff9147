"""A child process ends with the process that started it."""

import subprocess
import sys
import time

import pytest

from gateway.store.server.die_with_parent import end_with_parent

PARENT = """
import subprocess, sys, time
from gateway.store.server.die_with_parent import end_with_parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=end_with_parent())
print(child.pid, flush=True)
time.sleep(60)
"""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can tell a child")


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@linux
def test_a_child_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


@linux
def test_a_child_of_a_living_parent_goes_on() -> None:
    command = [sys.executable, "-c", "print('done')"]
    child = subprocess.run(command, preexec_fn=end_with_parent(), capture_output=True, text=True, check=True)
    assert child.stdout == "done\n"


def test_elsewhere_a_child_may_outlive_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert end_with_parent() is None
