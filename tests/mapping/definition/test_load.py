"""A mapping that loads is right in every word; one that is wrong says where."""

import re
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping import Mappings
from tests.mapping.support import load

WRONG_FIELDS = {
    "an unknown word": ("{path: gender, type: code, lenght: 3}", "unknown word 'lenght'"),
    "an unknown type": ("{path: gender, type: codes}", "unknown type 'codes'"),
    "an unknown function": (
        "{path: name, type: name, function: shown, read-only: true}",
        "unknown function 'shown'",
    ),
    "no FHIRPath": ("{path: 'gender.where(', type: code}", "path 'gender.where(' on Patient"),
    "an unknown element": ("{path: birthdate, type: date}", "path 'birthdate' on Patient"),
    "an unknown FHIRPath function": ("{path: name.frist(), type: name}", "path 'name.frist()' on Patient"),
    "a type that cannot read the path": ("{path: name, type: date}", "type date does not read HumanName"),
    "a type that cannot read every choice": ("{path: deceased, type: boolean}", "does not read dateTime"),
    "neither type nor fields": ("{path: gender}", "needs either `type` or `fields`"),
    "both type and fields": (
        "{path: contact, type: text, fields: {sex: {path: gender, type: code}}}",
        "needs either `type` or `fields`",
    ),
    "no path": ("{type: code}", "needs a `path`"),
    "a list that is neither true nor false": ("{path: name, type: name, list: yes}", "must be true or false"),
    "fields of something without elements": (
        "{path: deceased, fields: {x: {path: id, type: text}}}",
        "must lead to one type of element",
    ),
    "a word that fields do not take": (
        "{path: contact, default: x, fields: {sex: {path: gender, type: code}}}",
        "`default` cannot stand beside `fields`",
    ),
    "a wrong path below": ("{path: contact, fields: {sex: {path: sex, type: code}}}", "path 'sex' on Patient.contact"),
    "a list without a path": ("{list: true, fields: {sex: {path: gender, type: code}}}", "a list needs a `path`"),
    "empty fields": ("{path: contact, fields: {}}", "has no fields"),
    "a key to nothing": ("{path: managingOrganization, type: key}", "type key needs `to`"),
    "a key to no resource": ("{path: managingOrganization, type: key, to: Organisation}", "not an R4 resource type"),
    "a target that the type does not take": ("{path: gender, type: code, to: Patient}", "does not take `to`"),
    "a function of other values": (
        "{path: gender, type: code, function: start, read-only: true}",
        "function start takes date",
    ),
    "a function that gives a list": (
        "{path: gender, type: code, function: distinct, read-only: true}",
        "gives a list",
    ),
    "a function that could be written": (
        "{path: birthDate, type: date, function: start}",
        "say `read-only: true`",
    ),
    "a default of the wrong type": ("{path: active, type: boolean, default: maybe}", "is not of type boolean"),
    "a default where there is none": (
        "{path: photo.size, type: integer, list: true, default: 1}",
        "cannot have a default",
    ),
    "a default of a type with parts": ("{path: maritalStatus, type: concept, default: M}", "cannot have a default"),
    "codes for no code": ("{path: active, type: boolean, codes: {a: b}}", "`codes` needs the type code or text"),
    "codes that are empty": ("{path: gender, type: code, codes: {}}", "the code map is empty"),
    "an unknown policy": ("{path: gender, type: code, codes: {a: b}, uncovered: drop}", "unknown policy 'drop'"),
    "a policy without its default": (
        "{path: gender, type: code, codes: {a: b}, uncovered: default}",
        "needs a `default`",
    ),
    "a policy without codes": ("{path: gender, type: code, uncovered: keep}", "`uncovered` needs `codes`"),
    "a code map that is not there": ("{path: gender, type: code, codes: sex.csv}", "cannot be read"),
    "a code map elsewhere": ("{path: gender, type: code, codes: ../sex.csv}", "must be in the folder of the mapping"),
    "a value that is a list": ("{path: [gender], type: code}", "expected one value"),
    "no words at all": ("gender", "expected `name: value` lines"),
}


@pytest.mark.parametrize("fault", WRONG_FIELDS)
def test_a_wrong_field_is_refused_with_file_line_and_field(tmp_path: Path, fault: str) -> None:
    field, reason = WRONG_FIELDS[fault]
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, "sex: {path: gender, type: code}", f"wrong: {field}")
    assert refused.value.text.startswith(f"{tmp_path}/things.yaml:5: field wrong")
    assert reason in refused.value.text


def test_a_wrong_nested_field_is_named_with_its_parents_and_its_own_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape("things.yaml:7: field people.sex: unknown type")):
        load(tmp_path, "people:", "  path: contact", "  fields:", "    sex: {path: gender, type: sexes}")


@pytest.mark.parametrize("name", ["Sex", "birth date", "9lives", "_id", "id", "fhir", "unmapped"])
def test_a_field_name_that_documents_cannot_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"things\.yaml:4: field"):
        load(tmp_path, f"{name}: {{path: gender, type: code}}")


def test_a_field_that_occurs_twice_is_refused_at_its_second_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"things\.yaml:5: .*'sex' occurs twice"):
        load(tmp_path, "sex: {path: gender, type: code}", "sex: {path: gender, type: code}")


@pytest.mark.parametrize(
    ("text", "reason"),
    {
        ("", ":1: the file is empty"),
        ("resource: Patient\n", ":1: `collection` is missing"),
        (
            "resource: Patiant\ncollection: c\nfields: {a: {path: id, type: text}}",
            ":1: 'Patiant' is not an R4 resource",
        ),
        (
            "resource: Patient\ncollection: $c\nfields: {a: {path: id, type: text}}",
            ":2: '$c' cannot be the name of a collection",
        ),
        ("resource: Patient\ncollection: c\nfields:\n  a: [", ": not YAML"),
        ("resource: Patient\ncolection: c\n", ":2: unknown word 'colection'"),
        ("- resource\n", ":1: expected `name: value` lines"),
        ("resource: Patient\ncollection: c\nfields: &all\n  a: {fields: *all}", "nested more than 20 deep"),
        ("a: b\n---\na: b\n", ": not YAML"),
        ("resource: \x00", ": not YAML"),
    },
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        Mappings.load(tmp_path)
    assert refused.value.text.startswith(f"{tmp_path}/a.yaml") and reason in refused.value.text


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        Mappings.load(tmp_path)


def test_two_mappings_of_one_resource_type_or_collection_are_refused(tmp_path: Path) -> None:
    load(tmp_path, "sex: {path: gender, type: code}")
    (tmp_path / "twin.yaml").write_text((tmp_path / "things.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigurationError, match=re.escape("is mapped in") + ".*things.yaml already"):
        Mappings.load(tmp_path)


def test_a_file_below_the_working_folder_is_named_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"^mappings/things\.yaml:4: field sex: "):
        load(tmp_path / "mappings", "sex: {path: gender, type: sex}")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        Mappings.load(tmp_path / "nowhere")


def test_a_type_without_a_mapping_has_no_document(tmp_path: Path) -> None:
    mappings = load(tmp_path, "sex: {path: gender, type: code}")
    assert mappings.get({"resourceType": "Device"}) == ()
    assert mappings.trace({"resourceType": "Device"}) == []
    assert mappings.collections == {"things": "Patient"}


def test_an_anchor_stands_for_what_it_names(tmp_path: Path) -> None:
    mappings = load(tmp_path, "a: &sex {path: gender, type: code}", "b: *sex")
    [projection] = mappings.get({"resourceType": "Patient", "gender": "other"})
    assert projection.document == {"a": "other", "b": "other"}


HINTS = {
    "birthdate, type: date": "did you mean birthDate?",
    "names.family, type: text": "did you mean name?",
    "name.frist(), type: name": "did you mean first()?",
    "name.given.first, type: text": "did you mean first()?",
    "deceasedBoolean, type: boolean": "write deceased.ofType(boolean)",
    "extension('http://x').valueCode, type: code": "write value.ofType(code)",
    "deceased, type: boolean": "narrow it, such as deceased.ofType(boolean)",
    "name, type: date": "it is read by type name",
    "_birthDate.id, type: text": "write birthDate.extension(",
    "'deceased[x]', type: boolean": "written without [x]",
    "name.where(use=official).family, type: text": "in single quotes: 'official'",
    'name.where(use="official").family, type: text': "in single quotes: 'official'",
    "name.where(use == 'official').family, type: text": "equals is =",
    "name.where(use = 'a' && use = 'b').family, type: text": "write and",
    "name.where(use = 'official).family, type: text": "the text has no end",
    "'name[1].family', type: text": "only the first item of a list, [0], can be written",
    "gender, type: cod": "did you mean code?",
    "gender, typ: code": "did you mean type?",
    "gender, type: code, read_only: true": "did you mean read-only?",
    "name, type: name, function: displayname, read-only: true": "did you mean display_name?",
    "managingOrganization, type: key, to: Organisation": "did you mean Organization?",
}


@pytest.mark.parametrize("rest", HINTS)
def test_an_error_says_what_to_write_instead(tmp_path: Path, rest: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, f"wrong: {{path: {rest}}}")
    assert refused.value.text.startswith(f"{tmp_path}/things.yaml:4: field wrong: ")
    assert HINTS[rest] in refused.value.text


def test_an_error_about_many_types_names_some(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"and 3\d more, .*narrow it, such as extension.*ofType\(string\)"):
        load(tmp_path, "wrong: {path: extension('http://x').value, type: text}")
