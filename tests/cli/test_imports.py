"""What each command imports: help needs nothing of the gateway, a light command only its own stage."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, os, sys
from gateway.cli import app
stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
for line in sys.argv[1:]:
    sys.argv = ["gateway", *line.split()]
    try:
        app()
    except SystemExit as ended:
        assert not ended.code, line
print(json.dumps(sorted(sys.modules)), file=stdout)
"""

SERVER = {"fastapi", "uvicorn", "starlette", "prometheus_client", "jinja2"}
LEARNING = {"numpy", "scipy", "sklearn", "skops"}
MODELS = {"fhir.resources", "mongoengine", "mongomotor"}
DATABASE = {"pymongo", "bson", "gateway.store"}
LANGUAGES = {"gateway.mapping", "gateway.search", "gateway.fhir.r4", "gateway.fhir.path", "gateway.fhir.validate"}
ALWAYS_HEAVY = SERVER | LEARNING | MODELS


def imported(folder: Path, *commands: str) -> set[str]:
    """Run commands, all of which must succeed, in a process of their own and return the modules it imported."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *commands],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ended.stdout.splitlines()[-1]))


def test_help_imports_nothing_of_the_gateway_but_the_command_line(tmp_path: Path) -> None:
    commands = ("", "serve", "demo", "doctor", "map", "map check", "sync add", "codes suggest", "view run", "quality")
    modules = imported(tmp_path, "--version", *(f"{command} --help" for command in commands))
    assert modules & (ALWAYS_HEAVY | DATABASE | LANGUAGES | {"structlog", "uvloop", "httpx"}) == set()
    ours = {name for name in modules if name.startswith("gateway.") and not name.startswith("gateway.cli")}
    assert ours <= {"gateway.errors", "gateway.shipped"}


def test_fhirpath_imports_neither_database_nor_mappings(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"resourceType": "Patient", "name": [{"given": ["Ann"]}]}')
    modules = imported(tmp_path, "fhirpath Patient.name.given p.json")
    assert "gateway.fhir.path" in modules
    others = {"gateway.mapping", "gateway.search", "gateway.settings"}
    assert modules & (ALWAYS_HEAVY | DATABASE | others) == set()


def test_commands_about_mapping_files_import_neither_database_nor_search(tmp_path: Path) -> None:
    modules = imported(tmp_path, "map check", "map schema", "map init copy")
    assert modules & (ALWAYS_HEAVY | DATABASE | {"gateway.search", "gateway.app", "httpx"}) == set()


def test_validate_imports_neither_database_nor_mappings(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"resourceType": "Patient", "gender": "female"}')
    modules = imported(tmp_path, "validate p.json")
    assert "gateway.fhir.validate" in modules
    assert modules & (ALWAYS_HEAVY | DATABASE | {"gateway.mapping", "gateway.search"}) == set()


def test_commands_on_the_database_import_neither_server_nor_models(tmp_path: Path) -> None:
    modules = imported(tmp_path, "sync partners", "sync letters --data-dir data")
    assert "gateway.store" in modules
    assert modules & (SERVER | LEARNING | {"gateway.app"}) == set()
