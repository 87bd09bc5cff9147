"""`gateway import` at a terminal."""

import re
import textwrap
from pathlib import Path

import pytest

from gateway.cli.import_files import report_lines
from gateway.fhir import fhir_json
from gateway.intake.report import ImportReport, Refusal
from tests.cli.conftest import Terminal

PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Ann"}]}


def test_the_report_names_files_counts_types_and_the_next_step(gateway: Terminal) -> None:
    good = gateway.file("good.json", PATIENT)
    bad = gateway.file("bad.json", b"\xef\xbb\xbf{]")
    result = gateway("import", good, bad)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "stored 1, refused 1"
    assert f"  {good}: stored 1" in lines
    assert f"  {bad}: refused 1" in lines
    assert "by type: Patient 1" in lines
    assert any(line.startswith(f"  {bad}: Not valid JSON") and line.endswith("line 1, column 2.") for line in lines)
    assert re.fullmatch(r"next: gateway sync letters.*gateway import --again", lines[-1])
    listed = fhir_json.parse(b'{"letters": ' + gateway("sync", "letters", "--json").stdout.encode() + b"}")["letters"]
    assert [(one["source"], one["key"]) for one in listed] == [("import", bad)]


def test_a_file_with_a_byte_order_mark_is_read(gateway: Terminal) -> None:
    file = gateway.file(
        "p.ndjson", b"\xef\xbb\xbf" + fhir_json.dump(PATIENT) + b"\r\n" + fhir_json.dump({**PATIENT, "id": "p2"})
    )
    result = gateway("import", file, "--json")
    report = fhir_json.parse(result.stdout)
    assert (result.exit_code, report["stored"], report["files"]) == (0, 2, {file: {"stored": 2}})


def test_where_a_resource_of_a_file_is(gateway: Terminal) -> None:
    other = {**PATIENT, "name": [{"family": "Bob"}]}
    assert gateway("import", gateway.file("p.json", PATIENT), "--source", "north").exit_code == 0
    told = gateway("import", gateway.file("q.json", other), "--source", "south")
    assert "note, 1 time: stored under a new id" in told.stdout
    lines = gateway("import", "--where", "Patient/p1").stdout.splitlines()
    assert lines[0] == "Patient/p1 of north is Patient/p1"
    assert re.fullmatch(r"Patient/p1 of south is Patient/[0-9a-f-]{36}", lines[1])
    unknown = gateway("import", "--where", "Patient/none")
    assert unknown.exit_code == 1 and "no import knows Patient/none; asked was the database" in unknown.output


def test_contradicting_options_are_refused(gateway: Terminal) -> None:
    for words in ([], ["x.json", "--again"], ["--again", "--where", "Patient/1"], ["--again", "--source", "x"]):
        assert gateway("import", *words).exit_code == 2
    assert "no such file or folder" in gateway("import", "/nowhere").output


def test_the_example_of_the_documentation_is_what_is_printed(
    gateway: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "import-files.md").read_text()
    (example,) = re.findall(r"    \$ gateway import export/\n((?:    .*\n)+)", text)
    (gateway.folder / "export").mkdir()
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}
    gateway.file("export/Observation.ndjson", {**observation, "subject": {"reference": "Patient/p1"}})
    gateway.file("export/Patient.ndjson", fhir_json.dump(PATIENT) + b"\n" + fhir_json.dump({**PATIENT, "id": "p2"}))
    monkeypatch.chdir(gateway.folder)
    assert gateway("import", "export/").stdout == textwrap.dedent(example)


def test_a_report_tells_counts_reasons_and_how_many_are_not_shown() -> None:
    report = ImportReport()
    reason = "a reason that is longer than the eighty columns of a terminal and must not be cut at their end"
    report.accept("a.json", "Patient", unchanged=False)
    for number in range(12):
        report.refuse("b.ndjson", Refusal(f"b.ndjson:{number}", "invalid", reason))
    lines = list(report_lines(report))
    assert lines[:5] == [
        "stored 1, refused 12",
        "  a.json: stored 1",
        "  b.ndjson: refused 12",
        "by type: Patient 1",
        "refused 12: invalid",
    ]
    assert lines[5:15] == [f"  b.ndjson:{number}: invalid: {reason}" for number in range(10)]
    assert lines[15] == "  12 refused in all; gateway sync letters shows each with its reason"
    assert lines[16].startswith("next: gateway sync letters says what is wrong")


def test_an_empty_report_says_that_there_is_nothing_to_do() -> None:
    assert list(report_lines(ImportReport())) == ["stored 0, refused 0", "next: nothing to do"]


def test_an_id_no_import_knows_is_told_with_the_database_that_was_asked(gateway: Terminal) -> None:
    answer = gateway("import", "--where", "Patient/nobody")
    assert answer.exit_code == 1
    assert "no import knows Patient/nobody; asked was the database in the data folder" in answer.output
