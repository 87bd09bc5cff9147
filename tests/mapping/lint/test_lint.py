"""`gateway map check` tells everything at once, each thing at its line, and nothing of what is as it should be."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.mapping import Mappings
from gateway.mapping.lint import LintFinding, lint
from gateway.mapping.lint.finding import fault
from tests.mapping.definition.test_load import WRONG_FIELDS
from tests.mapping.support import HEAD

ROOT = Path(__file__).parents[3]


def findings(folder: Path, *lines: str, type_: str = "Patient") -> list[LintFinding]:
    text = HEAD.format(type=type_) + "\n".join(f"  {line}" for line in lines) + "\n"
    (folder / "things.yaml").write_text(text, "utf-8")
    return lint(folder)


def said(folder: Path, *lines: str, type_: str = "Patient") -> list[str]:
    return [str(finding).removeprefix(f"{folder}/") for finding in findings(folder, *lines, type_=type_)]


def test_nothing_is_said_of_the_shipped_mappings() -> None:
    assert [str(finding) for finding in lint(ROOT / "mappings")] == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("iif(birthDate > today(), 'future', 'past')", "today() gives the time at which the document is made"),
        ("now().toString()", "now() gives the time at which the document is made"),
        ("managingOrganization.resolve().name", "resolve() finds only contained resources"),
        ("generalPractitioner.resolve().where(active = true).ofType(Practitioner).name.family", "resolve() finds"),
    ],
)
def test_a_value_that_depends_on_more_than_the_resource_is_told(tmp_path: Path, path: str, told: str) -> None:
    found = said(tmp_path, f'odd: {{path: "{path}", type: text, list: true, read-only: true}}')
    assert any(f"field odd: warning: {told}" in line for line in found), found


@pytest.mark.parametrize(
    "path",
    [
        "managingOrganization.where(resolve() is Organization).display",
        "managingOrganization.where(reference.startsWith('#')).resolve().ofType(Organization).name",
    ],
)
def test_contained_resources_and_types_of_targets_depend_on_the_resource_alone(tmp_path: Path, path: str) -> None:
    found = said(tmp_path, f'fine: {{path: "{path}", type: text, read-only: true}}')
    assert not any("resolve()" in line for line in found), found


@pytest.mark.parametrize("fault", WRONG_FIELDS)
def test_what_loading_refuses_is_told_in_the_same_words(tmp_path: Path, fault: str) -> None:
    field, reason = WRONG_FIELDS[fault]
    found = [f for f in findings(tmp_path, "sex: {path: gender, type: code}", f"wrong: {field}")]
    assert any(f.line == 5 and f.severity == "error" and reason in f.text for f in found)


def test_all_faults_of_all_files_are_told_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("resource: [", "utf-8")
    (tmp_path / "b.yaml").write_text("resource: Patiant\ncollection: b\nfields: {a: {path: id, type: text}}", "utf-8")
    (tmp_path / "sex.csv").write_text("from,to\nmale\nmale,M\nmale,m\n", "utf-8")
    found = findings(
        tmp_path,
        "a: {path: gendr, type: code}",
        "b: {path: gender, type: code, lenght: 3, uncovered: keep, default: 1, color: red}",
        "c: {path: gender, type: code, codes: sex.csv}",
        "people:",
        "  path: contact",
        "  lst: true",
        "  fields:",
        "    d: {path: gender, type: codes}",
        "    e: {path: name, type: name, list: yes}",
        "    f: {path: gender, type: code}",
        "    f: {path: gender, type: code}",
        "g: {path: gender, type: code, codes: {male: M}}",
    )
    errors = [(Path(f.file).name, f.line, f.field) for f in found if f.severity == "error"]
    assert errors == [
        ("a.yaml", 1, ""),
        ("b.yaml", 1, ""),
        ("sex.csv", 2, "c"),
        ("sex.csv", 4, "c"),
        ("things.yaml", 4, "a"),
        ("things.yaml", 5, "b"),
        ("things.yaml", 5, "b"),
        ("things.yaml", 5, "b"),
        ("things.yaml", 9, "people"),
        ("things.yaml", 11, "people.d"),
        ("things.yaml", 12, "people.e"),
        ("things.yaml", 14, "people"),
    ]
    assert [f.field for f in found if f.severity == "warning"] == ["g"]  # what is right is looked at all the same


def test_every_fault_of_a_code_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text("from,to\nmale\nfemale,F\nfemale,f\n", "utf-8")
    found = findings(tmp_path, "c: {path: gender, type: code, codes: sex.csv}")
    assert [(f.line, f.severity) for f in found] == [(2, "error"), (4, "error")]


def test_a_fault_between_files_is_told(tmp_path: Path) -> None:
    findings(tmp_path, "sex: {path: gender, type: code}")
    (tmp_path / "twin.yaml").write_text((tmp_path / "things.yaml").read_text("utf-8"), "utf-8")
    assert ["is mapped in" in str(finding) for finding in lint(tmp_path)] == [True]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        lint(tmp_path / "nowhere")


DOUBTFUL = {
    "a key to what is never referred to": (
        "managingOrganization, type: key, to: Patient, read-only: true",
        "warning: 'managingOrganization' never refers to Patient; it may refer to Organization",
    ),
    "one value of several": ("name.given, type: text", "warning: 'name.given' repeats: several values would be left"),
    "one value of those that meet a condition": (
        "name.where(use = 'official').family, type: text",
        "note: if several values meet the condition",
    ),
    "a list of one": ("gender, type: code, list: true", "note: 'gender' has at most one value"),
    "a code no element can have": (
        "name.where(use = 'offical').family, type: text",
        "warning: path \"name.where(use = 'offical').family\" on Patient: 'offical' is not a code of",
    ),
    "a type no element can have": (
        "deceased.ofType(Period), type: period, read-only: true",
        "warning: path 'deceased.ofType(Period)' on Patient: can never be Period, only boolean, dateTime",
    ),
    "a code map with gaps": (
        "gender, type: code, codes: {male: M, female: F}",
        "warning: not covered: other, unknown (of 4 codes); they are left out and noted",
    ),
    "gaps that are provided for": (
        "gender, type: code, codes: {male: M, female: F}, uncovered: keep",
        "note: not covered: other, unknown (of 4 codes); they are kept as sent",
    ),
    "a policy for no code": (
        "gender, type: code, codes: {male: M, female: F, other: O, unknown: U}, uncovered: default, default: U",
        "warning: never used: all 4 codes of",
    ),
    "a row for no code": (
        "gender, type: code, codes: {m: M, male: M, female: F, other: O, unknown: U}",
        "warning: code 'm' is not in http://hl7.org/fhir/ValueSet/administrative-gender: no valid resource has it",
    ),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_is_doubtful_is_told_at_its_field(tmp_path: Path, case: str) -> None:
    words, expected = DOUBTFUL[case]
    told = said(tmp_path, f"wrong: {{path: {words}}}")
    assert [text for text in told if text.startswith(f"things.yaml:4: field wrong: {expected}")], told


FINE = [
    "{path: managingOrganization, type: key, to: Organization, read-only: true}",
    "{path: name.given, type: text, list: true}",
    "{path: name.first().family, type: text}",
    "{path: 'name[0].family', type: text}",
    "{path: name, type: name, function: display_name, read-only: true}",
    "{path: deceased.ofType(dateTime), type: moment}",
    "{path: communication.language.coding.where(code = 'xx').display, type: text, list: true}",
    "{path: gender, type: code, default: unknown}",
    "{path: link.other, type: key, to: Patient, list: true, read-only: true}",
    "{path: maritalStatus.text, type: text, codes: {single: S}, uncovered: keep}",
]


@pytest.mark.parametrize("field", FINE)
def test_nothing_is_told_of_what_is_as_it_should_be(tmp_path: Path, field: str) -> None:
    assert said(tmp_path, f"right: {field}") == []


def test_a_default_of_an_element_that_must_be_there_is_told(tmp_path: Path) -> None:
    told = said(tmp_path, "status: {path: status, type: code, default: final}", type_="Observation")
    assert told == ["things.yaml:4: field status: warning: never used: Observation must have 'status'"]


def test_two_fields_that_read_the_same_are_told(tmp_path: Path) -> None:
    told = said(
        tmp_path,
        "sex: {path: gender, type: code}",
        "gender: {path: gender, type: code, read-only: true}",
        "short: {path: gender, type: code, codes: {male: M, female: F, other: O, unknown: U}, read-only: true}",
    )
    assert told == ["things.yaml:5: field gender: warning: reads 'gender' as code, as field sex does (line 4)"]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("maritalStatus, type: concept", "maritalStatus.text, type: text", True),
        (
            "identifier, type: identifier, list: true",
            "identifier.where(use = 'old').value, type: text, list: true",
            True,
        ),
        ("name.where(use = 'old'), type: name", "name.where(use = 'usual'), type: name", False),
        ("name.where(use = 'old').family, type: text", "name.where(use='old').family, type: text, default: x", True),
        ("deceased.ofType(boolean), type: boolean", "deceased.ofType(dateTime), type: moment", False),
        ("birthDate, type: date", "birthDate.extension('urn:x').value.ofType(code), type: code", False),
        ("name, type: name, list: true", "name.count(), type: integer, read-only: true", False),
        (
            "contact, list: true, fields: {sex: {path: gender, type: code}}",
            "contact.gender, type: code, list: true",
            True,
        ),
        (
            "contact, list: true, fields: {sex: {path: gender, type: code}}",
            "contact.name, type: name, list: true",
            False,
        ),
    ],
)
def test_two_fields_that_would_write_the_same_are_told(tmp_path: Path, one: str, other: str, overlap: bool) -> None:
    told = said(tmp_path, f"one: {{path: {one}}}", f"other: {{path: {other}}}")
    assert (
        bool([text for text in told if "(line 4) writes too" in text and ":5: field other: warning" in text]) == overlap
    )


def test_rows_of_a_concept_map_that_say_more_than_was_sent_are_told_at_their_line(tmp_path: Path) -> None:
    row = {"code": "male", "target": [{"code": "M", "equivalence": "narrower"}]}
    content = {"resourceType": "ConceptMap", "group": [{"element": [row]}]}
    (tmp_path / "sex.json").write_text(json.dumps(content, indent=1), "utf-8")
    told = said(tmp_path, "sex: {path: gender, type: code, codes: sex.json, uncovered: keep}")
    assert "sex.json:6: field sex: warning: code 'male' becomes 'M', which is narrower" in told[0]


LINES = (ROOT / "mappings" / "medication-request.yaml").read_text("utf-8").splitlines()
WORDS = [
    "path",
    "type",
    "fields",
    "list",
    "true",
    "concept",
    "x",
    "",
    "{",
    "[a]",
    "codes",
    "a: b",
    "*a",
    "&a",
    "status",
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(5, len(LINES) - 1), st.integers(0, 9), st.sampled_from(WORDS)), max_size=4))
def test_an_error_is_told_just_where_loading_refuses(tmp_path: Path, edits: list[tuple[int, int, str]]) -> None:
    lines = [*LINES]
    for at, word, instead in edits:
        parts = re.split(r"(\W+)", lines[at])
        parts[word % len(parts)] = instead
        lines[at] = "".join(parts)
    (tmp_path / "things.yaml").write_text("\n".join(lines), "utf-8")
    found = [finding for finding in lint(tmp_path) if finding.severity == "error"]
    try:
        Mappings.load(tmp_path)
    except ConfigurationError as error:
        refused = fault(error)  # told is that, or that the object it stands in is wrong itself
        above = [finding for finding in found if refused.field.startswith(f"{finding.field}.")]
        assert refused in found or above
    else:
        assert found == []


def test_an_extension_may_occur_several_times(tmp_path: Path) -> None:
    one = "name.first().extension('urn:x').value.ofType(code)"
    assert said(tmp_path, f'many: {{path: "{one}", type: code, list: true}}') == []
