"""The edits that proofs try."""

from pathlib import Path
from typing import Any

from gateway.mapping.proofs.alterations import TOGETHER, edits
from tests.mapping.support import load


def made(folder: Path, document: dict[str, Any], *lines: str) -> list[tuple[str, str, Any]]:
    mapping = load(folder, *lines).by_type["Patient"]
    return [(edit.path, edit.what, edit.document) for edit in edits(mapping, document)]


def test_a_single_value_is_taken_out_and_changed(tmp_path: Path) -> None:
    assert made(tmp_path, {"sex": "male"}, "sex: {path: gender, type: code}") == [
        ("sex", "taken out", {}),
        ("sex", "changed", {"sex": "mal1"}),
    ]


def test_a_missing_value_is_put_in(tmp_path: Path) -> None:
    assert made(tmp_path, {}, "born: {path: birthDate, type: date}") == [("born", "put in", {"born": "1999-12"})]


def test_a_list_is_reversed_and_its_items_are_dropped_changed_and_added(tmp_path: Path) -> None:
    document = {"tags": ["s|a", "s|b"]}
    found = made(tmp_path, document, "tags: {path: meta.tag, type: token, list: true}")
    assert [(path, what) for path, what, _ in found] == [
        ("tags", "taken out"),
        ("tags", "reversed"),
        ("tags[0]", "dropped"),
        ("tags[0]", "changed"),
        ("tags[1]", "dropped"),
        ("tags[1]", "changed"),
        ("tags[2]", "added"),
        ("tags[0]", "added in front"),
    ]
    assert found[1][2] == {"tags": ["s|b", "s|a"]} and document == {"tags": ["s|a", "s|b"]}


def test_a_read_only_field_is_left_alone(tmp_path: Path) -> None:
    assert made(tmp_path, {"sex": "male"}, "sex: {path: gender, type: code, read-only: true}") == []


def test_values_behind_one_condition_are_taken_out_together(tmp_path: Path) -> None:
    lines = [
        "family: {path: name.where(use='old').family, type: text}",
        "prefix: {path: name.where(use='old').text, type: text}",
    ]
    found = made(tmp_path, {"family": "A", "prefix": "B"}, *lines)
    assert found[-1] == ("family, prefix", TOGETHER, {})


def test_dates_stay_dates(tmp_path: Path) -> None:
    [_, (_, what, document)] = made(tmp_path, {"born": "1999-03"}, "born: {path: birthDate, type: date}")
    assert (what, document) == ("changed", {"born": "1900-03"})
