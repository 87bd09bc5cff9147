"""The objects that own the single values of a path."""

from pathlib import Path
from typing import Any

import pytest

from gateway.mapping.proofs.value_owners import ValueOwners
from tests.mapping.support import load


def owners(folder: Path, path: str, node: dict[str, Any]) -> list[tuple[Any, set[str]]]:
    words = f'a: {{path: "{path}", type: text, list: true, read-only: true}}'
    [field] = load(folder, words).by_type["Patient"].record.fields
    return list(ValueOwners().of(field, node, "Patient"))


PATIENT: dict[str, Any] = {"resourceType": "Patient", "gender": "male", "name": [{"family": "A"}, {"family": "B"}]}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("gender", [(PATIENT, {"gender"})]),
        ("name.family", [(PATIENT["name"][0], {"family"}), (PATIENT["name"][1], {"family"})]),
        ("name.where(family='B').family", [(PATIENT["name"][1], {"family"})]),
        ("name.family.first()", [(PATIENT["name"][0], {"family"}), (PATIENT["name"][1], {"family"})]),
        ("name.family | gender", [
            (PATIENT["name"][0], {"family"}), (PATIENT["name"][1], {"family"}), (PATIENT, {"gender"})]),
        ("contact.name.family", []),
    ],
)  # fmt: skip
def test_owners_are_the_objects_themselves(tmp_path: Path, path: str, expected: list[tuple[Any, set[str]]]) -> None:
    found = owners(tmp_path, path, PATIENT)
    assert found == expected
    assert all(owner is wanted for (owner, _), (wanted, _) in zip(found, expected, strict=True))


def test_a_choice_is_owned_under_the_key_of_its_type(tmp_path: Path) -> None:
    node = {"resourceType": "Patient", "deceasedDateTime": "2020"}
    words = "a: {path: deceased.ofType(dateTime), type: moment}"
    [field] = load(tmp_path, words).by_type["Patient"].record.fields
    assert list(ValueOwners().of(field, node, "Patient")) == [(node, {"deceasedDateTime"})]
