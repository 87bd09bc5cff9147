"""The demo as a newcomer meets it: real gateways, every link followed, every curl of the README run."""

import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from gateway.demo.plan import DemoPlan
from gateway.demo.processes import DemoFailed
from gateway.demo.results import command_line, rows
from gateway.demo.story import Told, tell

ROOT = Path(__file__).parents[2]
CURLS = re.findall(r"^    (curl .*localhost:8080.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def plan(folder: Path, **options: Any) -> DemoPlan:
    return DemoPlan(folder / "demo", free_port(), free_port(), **options)


@pytest.fixture(scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """A small demo that has told its story and stays up."""
    folder = tmp_path_factory.mktemp("demo")
    async with tell(plan(folder, patients=8, observations=400), Console(file=io.StringIO())) as told:
        yield told


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=30)


async def test_every_link_answers(told: Told) -> None:
    links = rows(told.summary, told.ours, told.partner)
    assert len(links) == 15
    assert {row.url: get(row.url).status_code for row in links} == {row.url: 200 for row in links}


async def test_links_show_what_was_counted(told: Told) -> None:
    link = {row.what: row.url for row in rows(told.summary, told.ours, told.partner)}
    summary = told.summary
    assert get(link["Patients, systolic over 140"]).json().get("total", 0) == summary.high_pressure
    assert summary.high_pressure == summary.high_pressure_by_documents
    assert get(link["Documents edited, seen there"]).json()["total"] == summary.edits_at_partner == 1
    record = get(link["In the record of one of them"]).json()
    assert summary.one_record == len(record["entry"]) if summary.record_of else record["resourceType"] == "Bundle"
    assert get(link["Pulled from the partner"]).json()["total"] == 3
    assert get(link["Pushed to the partner"]).json()["total"] == 5
    assert get(link["Dead letters"]).json()["total"] == summary.dead_letters == 0


async def test_local_codes_wait_on_their_page(told: Told) -> None:
    page = get(f"{told.ours.url}/codes").text
    assert told.summary.local_codes == 6
    for name in ("Potassium plasma", "Carboxyhemoglobin fraction"):
        assert name in page


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("line", CURLS)
async def test_a_curl_of_the_readme_answers_with_what_is_there(told: Told, line: str) -> None:
    shell = line.replace("localhost:8080", f"127.0.0.1:{told.ours.port}") + " --fail-with-body"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout
    if "_format=xml" in line:
        assert "<entry>" in ended.stdout
        return
    answer = json.loads(ended.stdout)
    content = answer.get("entry") or answer.get("expansion") or answer.get("patients") or answer.get("observations")
    assert content, ended.stdout


def test_the_readme_has_curls() -> None:
    assert len(CURLS) >= 6


async def test_the_command_line_works_on_the_demos_data(told: Told) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = f'{command_line(told.ours)}; "{sys.executable}" -m gateway sync partners'
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, timeout=60)
    assert ended.returncode == 0 and told.partner.url in ended.stdout


async def test_a_folder_is_counted_alone(tmp_path: Path) -> None:
    data = tmp_path / "files"
    data.mkdir()
    for number in (1, 2):
        (data / f"p{number}.json").write_text(
            json.dumps({"resourceType": "Patient", "id": f"p{number}", "name": [{"family": f"Own{number}"}]})
        )
    async with tell(plan(tmp_path, data=data), Console(file=io.StringIO())) as told:
        assert (told.summary.patients, told.summary.observations) == (2, 0)
        assert (told.summary.pulled, told.summary.edits_at_partner) == (0, 1)


async def test_a_folder_of_which_nothing_can_be_loaded_is_no_success(tmp_path: Path) -> None:
    data = tmp_path / "files"
    data.mkdir()
    (data / "broken.json").write_text('{"resourceType": "Patient"')
    with pytest.raises(DemoFailed, match=r"nothing in it could be loaded \(1 refused\)"):
        async with tell(plan(tmp_path, data=data), Console(file=io.StringIO())):
            pass
