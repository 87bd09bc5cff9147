"""The built wheel runs by itself: in an environment of its own, in another folder, with nothing of the checkout."""

import json
import os
import re
import socket
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
LOCKED = (REPOSITORY / "requirements" / "development.txt").read_text()
pytestmark = pytest.mark.timeout(900)


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name in ("HOME", "PATH") or "PIP_" in name}
    ended = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a new environment that holds the wheel, the embedded MongoDB and what they require."""
    folder = tmp_path_factory.mktemp("elsewhere")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, REPOSITORY, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "environment", with_pip=True)
    (folder / "versions.txt").write_text("\n".join(re.findall(r"^[\w.-]+==[^ \\]+", LOCKED, re.MULTILINE)))
    python = folder / "environment" / "bin" / "python"
    options = ("--quiet", "--no-compile", "--constraint", folder / "versions.txt")
    run(python, "-m", "pip", "install", *options, f"{wheel}[embedded]", cwd=folder)
    return python.parent


def test_the_demo_runs_from_the_wheel_alone_and_without_mongomotor(installed: Path, tmp_path: Path) -> None:
    sizes = ("--patients", "6", "--observations", "90")
    ports = ("--port", free_port(), "--partner-port", free_port())
    printed = run(installed / "gateway", "demo", "--once", *sizes, *ports, cwd=tmp_path)
    told = json.loads(printed.splitlines()[-1])
    assert (told["patients"], told["dead_letters"], told["edits_at_partner"]) == (6, 0, 1)
    assert told["observations"] >= 90 and told["documents"] >= 96, "documents are made by the mappings in the wheel"
    assert told["high_pressure_by_documents"] is None, "mongomotor is an extra"


def test_the_mappings_of_the_wheel_hold_their_golden_pairs(installed: Path, tmp_path: Path) -> None:
    pairs = len(list((REPOSITORY / "mappings" / "golden").glob("*.fhir.json")))
    told = json.loads(run(installed / "gateway", "map", "test", "--json", cwd=tmp_path))
    assert told == {"pairs": pairs, "failed": 0, "results": []}


def test_what_the_wheel_requires_is_complete(installed: Path, tmp_path: Path) -> None:
    assert "No broken requirements" in run(installed / "python", "-m", "pip", "check", cwd=tmp_path)
    run(installed / "python", "-c", IMPORT_ALL, cwd=tmp_path)


IMPORT_ALL = """
import importlib, pkgutil, gateway
for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
    if not module.name.startswith("gateway.store.documents"):
        importlib.import_module(module.name)
"""
"""Imports every module, so that a requirement that only the checkout's environment has is missed here."""
