"""The partners file: complete verification, with file and line."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.sync.partners import load

GOOD = """partners:
  - name: north
    base_url: https://north.example/fhir/
    types: [Patient, Observation]
    direction: pull
    schedule: 60
    page_size: 100
    auth: {kind: bearer, token_env: NORTH_TOKEN}
  - name: south
    base_url: http://127.0.0.1:8081/fhir
    types:
      - Patient
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "partners.yaml"
    path.write_text(text)
    return path


def test_a_file_becomes_frozen_partners_with_defaults(tmp_path: Path) -> None:
    north, south = load(write(tmp_path, GOOD), site="here", environment={"NORTH_TOKEN": "s3cret"})
    assert (north.base_url, north.site) == ("https://north.example/fhir", "here")
    assert north.types == ("Patient", "Observation")
    assert north.pulls and not north.pushes and north.page_size == 100 and north.origin == "partner:north"
    assert south.pulls and south.pushes and south.schedule == 0 and south.auth.kind == "none"
    assert north.auth.secret == "s3cret"


def test_no_secret_shows_in_repr(tmp_path: Path) -> None:
    assert "s3cret" not in repr(load(write(tmp_path, GOOD), environment={"NORTH_TOKEN": "s3cret"}))


def test_basic_authentication_reads_its_password_from_the_environment(tmp_path: Path) -> None:
    text = GOOD.replace("{kind: bearer, token_env: NORTH_TOKEN}", "{kind: basic, username: us, password_env: PW}")
    north, _ = load(write(tmp_path, text), environment={"PW": "pw"})
    assert (north.auth.kind, north.auth.username, north.auth.secret) == ("basic", "us", "pw")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("[Patient, Observation]", "[Patient, Pateint]", 4, "'Pateint' is not an R4 resource type"),
        ("[Patient, Observation]", "[]", 4, "a list of resource types"),
        ("[Patient, Observation]", "[Patient, Patient]", 4, "each once"),
        ("[Patient, Observation]", "Patient", 4, "expected a list"),
        ("direction: pull", "direction: sideways", 5, "one of both, pull, push"),
        ("schedule: 60", "schedule: soon", 6, "expected a number"),
        ("schedule: 60", "schedule: -1", 6, "expected a number"),
        ("schedule: 60", "schedule: true", 6, "expected a number"),
        ("schedule: 60", "schedule: .nan", 6, "expected a number"),
        ("page_size: 100", "pagesize: 100", 7, "unknown key 'pagesize'"),
        ("page_size: 100", "schedule: 5", 7, "occurs twice"),
        ("NORTH_TOKEN", "OTHER_TOKEN", 8, "OTHER_TOKEN is not set"),
        ("kind: bearer, ", "kind: magic, ", 8, "one of none, bearer, basic"),
        ("https://north.example/fhir/", "ftp://north.example", 3, "http(s)"),
        ("https://north.example/fhir/", "http://north.example/fhir", 3, "only sent over https"),
        ("https://north.example/fhir/", "https://u:p@north.example/fhir", 3, "credentials do not belong"),
        ("https://north.example/fhir/", "https://north.example:99999/fhir", 3, "http(s)"),
        ("https://north.example/fhir/", "https://north.example/fhir?x=1", 3, "http(s)"),
        ("name: south", "name: north", 9, "'north' is taken"),
        ("name: south", "name: here", 9, "'here' is taken"),
        ("name: south", "name: a/b", 9, "of the form"),
        ("    base_url: http://127.0.0.1:8081/fhir\n", "", 9, "base_url: missing"),
        ("    types:\n      - Patient\n", "    types:\n      a: b\n", 12, "expected a list"),
        ("partners:", "partner:", 1, "unknown key 'partner'"),
        ("  - name: south", "  - south\n  - name: south", 9, "expected `key: value` lines"),
    ],
)
def test_every_fault_names_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as raised:
        load(path, site="here", environment={"NORTH_TOKEN": "s3cret"})
    assert str(raised.value).startswith(f"{path}:{line}: ") and says in str(raised.value)
    assert "s3cret" not in str(raised.value) and "u:p" not in str(raised.value)


def test_all_faults_of_a_file_are_told_in_its_order(tmp_path: Path) -> None:
    text = (
        GOOD.replace("Observation]", "Pateint]")
        .replace("schedule: 60", "schedule: soon")
        .replace("name: south", "name: a/b")
    )
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        load(path, environment={"NORTH_TOKEN": "s3cret"})
    assert [issue.text.removeprefix(f"{path}:").partition(":")[0] for issue in raised.value.issues] == ["4", "6", "9"]


@pytest.mark.parametrize("text", ["", "partners: [", "- 1", "\tx", "a: *b"])
def test_what_is_no_such_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"partners\.yaml"):
        load(write(tmp_path, text))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "nowhere.yaml")
