"""`gateway map diff` and `gateway map apply`, as processes where they may be killed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.mapping import Mappings
from gateway.store import Store, Write
from tests.cli.conftest import Terminal

SEX = "resource: Patient\ncollection: people\nfields:\n  sex: {path: gender, type: code}\n"
BORN = "resource: Patient\ncollection: people\nfields:\n  born: {path: birthDate, type: date}\n"
PATIENT = {"resourceType": "Patient", "gender": "female", "birthDate": "1970-01-02"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mappings"
    made.mkdir()
    (made / "patient.yaml").write_text(SEX, "utf-8")
    return made


def test_diff_shows_what_would_change_and_apply_changes_it(gateway: Terminal, folder: Path) -> None:
    where = ["--mappings", str(folder)]
    files = [gateway.file(f"{n}.json", {**PATIENT, "id": f"p{n}"}) for n in range(3)]
    assert gateway("import", *files).exit_code == 0
    shown = json.loads(gateway("map", "diff", "--json", *where).output)
    assert shown["resources"] == 3 and shown["rate"] > 0
    people, patients = shown["collections"]["people"], shown["collections"]["patients"]
    assert (people["added"], people["same"], patients["removed"]) == (3, 0, 3)

    assert "3 documents made, 3 removed, collections dropped: patients" in gateway("map", "apply", *where).output
    (folder / "patient.yaml").write_text(BORN, "utf-8")
    shown = json.loads(gateway("map", "diff", "--json", "--samples", "1", *where).output)["collections"]["people"]
    born, sex = ({"id": "p0", "before": None, "after": "1970-01-02"}, {"id": "p0", "before": "female", "after": None})
    assert shown["changed"] == 3 and shown["fields"] == {
        "born": {"added": 3, "removed": 0, "changed": 0, "samples": [born]},
        "sex": {"added": 0, "removed": 3, "changed": 0, "samples": [sex]},
    }
    table = gateway("map", "diff", *where)
    assert table.exit_code == 0 and "3 changed" in table.output and 'p1: nothing → "1970-01-02"' in table.output
    (folder / "patient.yaml").write_text(SEX, "utf-8")
    shown = json.loads(gateway("map", "diff", "--json", *where).output)["collections"]["people"]
    assert (shown["same"], shown["fields"]) == (3, {})  # nothing was written
    assert gateway("map", "diff", *where).output.splitlines()[0] == "nothing changes"


def test_a_folder_with_a_fault_is_told_before_anything_is_done(gateway: Terminal, folder: Path) -> None:
    (folder / "patient.yaml").write_text(SEX.replace("gender", "gendr"), "utf-8")
    for command in ("diff", "apply"):
        result = gateway("map", command, "--mappings", str(folder))
        assert result.exit_code == 2 and "patient.yaml:4" in result.output
    assert not (gateway.folder / "data").exists()


async def test_killed_in_the_middle_it_is_finished_by_the_next(mongo: str, database: str, folder: Path) -> None:
    command = [sys.executable, "-m", "gateway", "map", "apply", "--mappings", str(folder)]
    environment = {**os.environ, "GATEWAY_MONGO_URI": mongo, "GATEWAY_DATABASE": database}
    async with await Store.open(mongo, database, Mappings.load(folder)) as store:
        for start in range(0, 6000, 500):
            await store.commit(
                *(Write("Patient", f"p{n}", {**PATIENT, "id": f"p{n}"}, "api") for n in range(start, start + 500))
            )
        (folder / "patient.yaml").write_text(BORN, "utf-8")
        await store.internal.use(Mappings.load(folder))
        new = {"fhir.mapping": store.internal.mappings.stamps["people"]}

        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as applying:
            while not await store.database["people"].find_one(new):
                assert applying.poll() is None
                await asyncio.sleep(0.002)
            applying.kill()
        done = await store.database["people"].count_documents(new)
        assert 0 < done < 6000 and done % 500 == 0
        await store.commit(Write("Patient", "p1", {**PATIENT, "id": "p1", "active": True}, "api"))

        again = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        assert f"{6000 - done:,} documents made" in again.stdout or f"{6000 - done - 1:,} documents" in again.stdout
        audit = await store.audit()
        assert not audit.faults and audit.documents == 6000
        await store.drop()
