"""How a field reads: path, type, code map, function, default."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping.reading.field import Record
from gateway.mapping.values.lens import Reader
from tests.mapping.support import document, load


def test_a_field_without_a_value_is_absent(tmp_path: Path) -> None:
    assert document(load(tmp_path, "sex: {path: gender, type: code}")) == {}


def test_a_default_stands_in_for_a_missing_value_only(tmp_path: Path) -> None:
    mappings = load(tmp_path, "sex: {path: gender, type: code, default: unknown}")
    assert document(mappings) == {"sex": "unknown"}
    assert document(mappings, gender="male") == {"sex": "male"}


def test_no_value_and_a_value_of_false_stay_apart(tmp_path: Path) -> None:
    mappings = load(tmp_path, "dead: {path: deceased.ofType(boolean), type: boolean}")
    assert document(mappings, deceasedBoolean=False) == {"dead": False}
    assert document(mappings) == {}


def test_of_several_values_for_one_none_is_chosen(tmp_path: Path) -> None:
    mappings = load(tmp_path, "number: {path: identifier.value, type: text}")
    found = document(mappings, identifier=[{"value": "1"}, {"value": "2"}])
    assert found == {
        "unmapped": [{"field": "number", "path": "identifier.value", "reason": "2 values where one is due"}]
    }


def test_nested_fields_become_objects_and_empty_ones_vanish(tmp_path: Path) -> None:
    mappings = load(tmp_path, "people: {path: contact, list: true, fields: {sex: {path: gender, type: code}}}")
    assert document(mappings, contact=[{"gender": "male"}, {"id": "x"}]) == {"people": [{"sex": "male"}]}
    assert document(mappings, contact=[{"id": "x"}]) == {}


def test_fields_without_a_path_group_what_they_hold(tmp_path: Path) -> None:
    mappings = load(tmp_path, "birth: {fields: {date: {path: birthDate, type: date}}}")
    assert document(mappings, birthDate="1970") == {"birth": {"date": "1970"}}


def test_a_finding_in_a_list_says_which_item(tmp_path: Path) -> None:
    mappings = load(tmp_path, "people: {path: contact, list: true, fields: {when: {path: period, type: period}}}")
    found = document(mappings, contact=[{}, {"period": {"start": "now"}}])
    assert found["unmapped"] == [{"field": "people", "path": "contact[1].period.start", "reason": "not a date or time"}]


def test_a_finding_is_told_once_of_the_field_that_carries_the_element(tmp_path: Path) -> None:
    mappings = load(
        tmp_path,
        "precision: {path: birthDate, type: date, function: precision, read-only: true}",
        "birth_date: {path: birthDate, type: date}",
    )
    assert [note["field"] for note in document(mappings, birthDate="x")["unmapped"]] == ["birth_date"]


@pytest.mark.parametrize("value", ["text", {"a": 1}, 5, True, [["nested"]], ["text"]])
def test_an_element_of_the_wrong_shape_is_noted(tmp_path: Path, value: object) -> None:
    mappings = load(tmp_path, "names: {path: name, type: name, list: true}", "sex: {path: gender, type: code}")
    found = document(mappings, name=value, gender="male")
    assert found["sex"] == "male"
    assert ("names" in found) is False
    assert found.get("unmapped") or value == {"a": 1}  # an object without a known element holds nothing to note


def test_a_flood_of_findings_is_cut_short(tmp_path: Path) -> None:
    mappings = load(tmp_path, "contacts: {path: telecom, type: contact, list: true}")
    found = document(mappings, telecom=[{"rank": "x"}] * 1000)["unmapped"]
    assert len(found) == 101 and found[-1] == {"field": "", "path": "", "reason": "and 900 more"}


def test_an_error_while_evaluating_costs_the_field_and_nothing_else(tmp_path: Path) -> None:
    mappings = load(tmp_path, "odd: {path: name.family.single(), type: text}", "sex: {path: gender, type: code}")
    found = document(mappings, name=[{"family": "a"}, {"family": "b"}], gender="male")
    assert found["sex"] == "male" and found["unmapped"][0]["field"] == "odd"


def test_content_nobody_foresaw_costs_the_field_and_is_noted(tmp_path: Path) -> None:
    mapping = load(tmp_path, "sex: {path: gender, type: code}", "active: {path: active, type: boolean}").by_type[
        "Patient"
    ]

    def explode(type_: str) -> Reader:
        raise KeyError(type_)

    sex, active = mapping.record.fields
    broken = replace(mapping, record=Record((replace(sex, reader=explode, fast_path=None), active)))
    assert broken.get({"resourceType": "Patient", "gender": "male", "active": True}).document == {
        "active": True,
        "unmapped": [{"field": "sex", "path": "gender", "reason": "could not be read (KeyError)"}],
    }


MAP = "{path: gender, type: code, codes: {male: M, female: F, NO: Norway}"


@pytest.mark.parametrize(
    ("policy", "code", "expected"),
    [
        ("", "male", "M"),
        ("", "NO", "Norway"),
        (", uncovered: keep", "other", "other"),
        (", uncovered: default, default: X", "other", "X"),
        (", uncovered: default, default: X", None, "X"),
        ("", "other", None),
        (", uncovered: fail", "other", None),
    ],
)
def test_codes_are_translated_and_uncovered_ones_follow_the_policy(
    tmp_path: Path, policy: str, code: str | None, expected: str | None
) -> None:
    mappings = load(tmp_path, f"sex: {MAP}{policy}}}")
    found = document(mappings, **({"gender": code} if code else {}))
    assert found.get("sex") == expected
    assert ("unmapped" in found) == (code is not None and expected is None)


def test_a_code_map_may_be_a_csv_file_beside_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "sex.csv").write_text('from,to\nmale,M\n"other","X, other"\n', "utf-8-sig")
    mappings = load(tmp_path, "sex: {path: gender, type: code, codes: sex.csv}")
    assert document(mappings, gender="other") == {"sex": "X, other"}


@pytest.mark.parametrize(
    ("text", "line"), [("a,b\n", 1), ("", 1), ("from,to\nx\n", 2), ("from,to\nx,1\nx,2\n", 3), ("from,to\nx,\n", 2)]
)
def test_a_csv_file_with_a_fault_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "sex.csv").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=rf"sex\.csv:{line}: "):
        load(tmp_path, "sex: {path: gender, type: code, codes: sex.csv}")
