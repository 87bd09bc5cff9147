"""Few file descriptors are told at the start, not by a request that fails."""

import subprocess
import sys

import pytest

COMMAND = "import resource; from gateway import descriptors; descriptors.allow(); "
COMMAND += "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"


def run(limits: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "-c", f"{limits}; exec {sys.executable} -c '{COMMAND}'"], capture_output=True, text=True, timeout=60
    )


def test_a_low_soft_limit_is_raised_as_far_as_allowed() -> None:
    assert run("ulimit -Sn 256; ulimit -Hn 2000").stdout.strip() == "2000"


@pytest.mark.parametrize("limit", [64, 512])
def test_a_low_hard_limit_is_refused_with_what_to_do(limit: int) -> None:
    said = run(f"ulimit -n {limit}").stderr
    assert f"may open {limit} files" in said and "ulimit -n" in said and "1024" in said
