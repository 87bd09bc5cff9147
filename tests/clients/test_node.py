"""Clients that run on Node: the scripts in `node/`, where Node is present and its registry can be reached.

The packages are installed once and kept among pytest's cached files.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "node"
NODE = (20, 19)
_UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E40[134]|E50[0-9]|network"
)


@pytest.fixture(scope="session")
def folder(pytestconfig: pytest.Config) -> Path:
    """The scripts beside the packages they need."""
    if shutil.which("npm") is None or _version() < NODE:
        pytest.skip(f"no Node.js from {'.'.join(map(str, NODE))} on, with npm")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("clients-on-node")
    known = folder / "package-lock.json"
    lock = (FOLDER / "package-lock.json").read_text()
    if not known.exists() or known.read_text() != lock or not (folder / "node_modules").is_dir():
        _install(folder)
    for script in FOLDER.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def _version() -> tuple[int, ...]:
    try:
        told = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    return tuple(int(part) for part in told.strip().removeprefix("v").split(".")[:2])


def _install(folder: Path) -> None:
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        (folder / "package-lock.json").unlink()
        told = done.stderr.strip() if done else "network: no answer"
        assert _UNREACHABLE.search(told), told
        pytest.skip(f"the packages of Node cannot be had: {told.splitlines()[0]}")


SCRIPTS = sorted(path.name for path in FOLDER.glob("*.test.mjs"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_client_on_node(script: str, folder: Path, server: str) -> None:
    environment = {**os.environ, "FHIR_BASE": server, "NO_COLOR": "1"}
    command = ["node", "--test", "--test-reporter=spec", script]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
