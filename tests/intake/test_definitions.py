"""Packages and files of profiles: kept, listed, loaded, removed."""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.errors import BadRequest, ConfigurationError, GatewayError, NotFound
from gateway.fhir import fhir_json
from gateway.intake import definitions

PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/StructureDefinition/named",
    "type": "Patient",
    "derivation": "constraint",
    "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
    "differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "min": 1}]},
}
VALUE_SET = {"resourceType": "ValueSet", "url": "http://example.org/ValueSet/x"}


def package(path: Path, manifest: Any, **files: Any) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, content in {"package/package.json": manifest, **files}.items():
            data = fhir_json.dump(content) if not isinstance(content, bytes) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    return path


def test_a_package_is_kept_listed_loaded_and_removed(tmp_path: Path) -> None:
    files = {
        "package/a.json": PROFILE,
        "package/b.json": VALUE_SET,
        "package/c.json": {"resourceType": "ImplementationGuide"},
        "package/example/d.json": {**PROFILE, "url": "http://example.org/not"},
        "package/.index.json": {"files": []},
    }
    made = package(tmp_path / "x.tgz", {"name": "org.example", "version": "1.0", "fhirVersions": ["4.0.1"]}, **files)
    added = definitions.add(tmp_path, made)
    assert (added.name, added.counts) == ("org.example#1.0", {"StructureDefinition": 1, "ValueSet": 1})
    definitions.add(tmp_path, made)
    assert definitions.listed(tmp_path) == [added]
    assert definitions.load(tmp_path).holds(PROFILE["url"])
    definitions.remove(tmp_path, added.name)
    assert definitions.listed(tmp_path) == []
    assert len(definitions.load(tmp_path)) == 0


def test_a_file_holds_one_definition_or_a_bundle_of_them(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(fhir_json.dump(PROFILE))
    bundle = {"resourceType": "Bundle", "entry": [{"resource": VALUE_SET}, {"resource": PROFILE}, {}]}
    (tmp_path / "many.json.gz").write_bytes(gzip.compress(fhir_json.dump(bundle)))
    assert definitions.add(tmp_path, tmp_path / "one.json").counts.total() == 1
    assert definitions.add(tmp_path, tmp_path / "many.json.gz").counts.total() == 2
    assert [package.name for package in definitions.listed(tmp_path)] == ["many", "one"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", b"{"),
        ("x.json", b'{"resourceType":"Patient"}'),
        ("x.json.gz", b"not gzip"),
        ("x.tgz", b"not tar"),
        ("x.json", fhir_json.dump({**PROFILE, "differential": 1})),
    ],
)
def test_what_is_no_definition_is_refused_and_not_kept(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GatewayError):
        definitions.add(tmp_path, tmp_path / name)
    assert definitions.listed(tmp_path) == []


def test_a_package_for_another_release_is_refused(tmp_path: Path) -> None:
    made = package(tmp_path / "x.tgz", {"name": "x", "fhirVersions": ["5.0.0"]}, **{"package/a.json": PROFILE})
    with pytest.raises(BadRequest, match=r"5\.0\.0"):
        definitions.add(tmp_path, made)


def test_a_spoilt_file_stops_the_start_with_its_name(tmp_path: Path) -> None:
    definitions.folder(tmp_path).mkdir()
    (definitions.folder(tmp_path) / "x.ndjson.gz").write_bytes(b"x")
    with pytest.raises(ConfigurationError, match=r"x\.ndjson\.gz"):
        definitions.load(tmp_path)


def test_removing_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        definitions.remove(tmp_path, "../x")


def test_the_command_adds_lists_and_removes(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(fhir_json.dump(PROFILE))
    run = CliRunner().invoke
    folder = ["--data-dir", str(tmp_path)]
    assert "1 StructureDefinition" in run(app, ["profiles", "add", str(tmp_path / "one.json"), *folder]).stdout
    assert fhir_json.parse(run(app, ["profiles", "list", "--json", *folder]).stdout) == {
        "one": {"StructureDefinition": 1}
    }
    assert run(app, ["profiles", "remove", "one", *folder]).exit_code == 0
    assert run(app, ["profiles", "remove", "one", *folder]).exit_code == 1


def test_a_profile_without_its_base_gets_a_note_when_it_is_added(tmp_path: Path) -> None:
    derived = {**PROFILE, "url": "http://example.org/derived", "baseDefinition": f"{PROFILE['url']}|1.0"}
    (tmp_path / "derived.json").write_bytes(fhir_json.dump(derived))
    (tmp_path / "base.json").write_bytes(fhir_json.dump({**PROFILE, "version": "1.0"}))

    def add(name: str) -> str:
        arguments = ["profiles", "add", str(tmp_path / name), "--data-dir", str(tmp_path / "data")]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0
        return result.stderr

    assert "http://example.org/derived is missing" in add("derived.json")
    assert add("base.json") == ""
