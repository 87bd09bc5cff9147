"""Mapping files edited while `gateway serve` runs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HEAD = "resource: Patient\ncollection: patients\nfields:\n"
SEX, BORN = "  sex: {path: gender, type: code}\n", "  born: {path: birthDate, type: date}\n"
VIEW = '{"name": "flat", "resource": "Patient", "select": [{"column": [{"name": "sex", "path": "gender"}]}]}'


class Serving:
    """A gateway with mapping files of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.client, self.number = folder, httpx.Client(base_url=url), 0

    def file(self, text: str, name: str = "patient.yaml") -> None:
        """Written as editors do it: beside, and then put in place."""
        part = self.folder / f".{name}.part"
        part.write_text(text, "utf-8")
        part.replace(self.folder / name)

    def document(self) -> dict[str, Any]:
        """That of a patient who is new."""
        self.number += 1
        patient = {"resourceType": "Patient", "id": f"p{self.number}", "gender": "male", "birthDate": "1970"}
        assert self.client.put(f"/fhir/Patient/p{self.number}", json=patient).status_code == 201
        return dict(self.client.get(f"/internal/patients/p{self.number}").json())

    def state(self) -> dict[str, Any]:
        return dict(self.client.get("/internal/mappings").json())

    def within_a_second(self, holds: Callable[[], Any]) -> None:
        end = time.monotonic() + 1
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mappings")
    (folder / "patient.yaml").write_text(HEAD + SEX, "utf-8")
    return folder


@pytest.fixture(scope="module")
def serving(mongo: str, mappings: Path) -> Iterator[Serving]:
    command = [sys.executable, "-m", "gateway", "serve", "--port", "0", "--mappings", str(mappings)]
    environment = {**os.environ, "GATEWAY_MONGO_URI": mongo, "GATEWAY_DATABASE": "test_reload"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stderr is not None
        url = json.loads(running.stderr.readline())["url"]
        yield Serving(url, mappings)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0


def test_an_edit_is_in_use_within_a_second_and_takes_milliseconds(serving: Serving) -> None:
    serving.file(HEAD + SEX)
    serving.within_a_second(lambda: "born" not in serving.document())
    before = serving.state()
    serving.file(HEAD + SEX + BORN)
    serving.within_a_second(lambda: "born" in serving.document())
    after = serving.state()
    assert after["loaded"] > before["loaded"] and after["error"] is None and after["milliseconds"] < 500
    [mapping] = after["mappings"]
    assert (mapping["collection"], mapping["resource"]) == ("patients", "Patient")
    assert mapping["stamp"] == serving.document()["fhir"]["mapping"] != before["mappings"][0]["stamp"]


def test_a_fault_is_told_and_what_was_before_stays_until_it_is_mended(serving: Serving) -> None:
    serving.file(HEAD + SEX)
    serving.within_a_second(lambda: "born" not in serving.document() and not serving.state()["error"])
    good = serving.state()["mappings"]
    serving.file(HEAD + "  sex: {path: gendr, type: code}\n")
    serving.within_a_second(lambda: serving.state()["error"])
    refused = serving.state()
    assert "patient.yaml:4: field sex: " in refused["error"]["text"] and refused["error"]["at"] > refused["loaded"]
    assert refused["mappings"] == good and serving.document()["sex"] == "male"
    serving.file(HEAD + SEX)
    serving.within_a_second(lambda: serving.state()["error"] is None)
    assert serving.state()["mappings"] == good


def test_a_file_that_is_written_bit_by_bit_is_taken_up_whole(serving: Serving) -> None:
    with (serving.folder / "patient.yaml").open("w") as file:
        for part in (HEAD, SEX, BORN[:10], BORN[10:]):
            file.write(part)
            file.flush()
            time.sleep(0.1)
    serving.within_a_second(lambda: {"sex", "born"} <= serving.document().keys())
    assert serving.state()["error"] is None


def test_a_view_comes_and_goes(serving: Serving) -> None:
    serving.file(VIEW, "flat.json")
    serving.within_a_second(lambda: [one["collection"] for one in serving.state()["mappings"]] == ["patients", "flat"])
    serving.document()
    (serving.folder / "flat.json").unlink()
    serving.within_a_second(lambda: [one["collection"] for one in serving.state()["mappings"]] == ["patients"])
    serving.document()


def test_a_folder_that_is_away_for_a_while_is_found_again(serving: Serving) -> None:
    away = serving.folder.with_name("away")
    serving.folder.rename(away)
    end = time.monotonic() + 10
    while not serving.state()["error"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "no such folder" in serving.state()["error"]["text"] and serving.document()["sex"] == "male"
    away.rename(serving.folder)
    while serving.state()["error"]:
        assert time.monotonic() < end
        time.sleep(0.1)
