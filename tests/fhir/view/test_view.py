"""A view from its JSON to its rows."""

from typing import Any

import pytest

from gateway.fhir import view
from gateway.fhir.view import Column, ViewError

PATIENTS: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "1", "active": True},
    {"resourceType": "Observation", "id": "2"},
    {"resourceType": "Patient", "id": "3", "active": False},
    {"resourceType": "Patient", "id": "4"},
]
SELECT = [{"column": [{"name": "id", "path": "id", "type": "id"}, {"name": "n", "path": "name", "collection": True}]}]


def compiled(**members: Any) -> view.View:
    return view.compile({"resource": "Patient", "select": SELECT, **members})


def test_a_view_knows_its_columns() -> None:
    assert compiled(name="patients").name == "patients"
    assert compiled().columns == (Column("id", "id"), Column("n", "", True))


def test_rows_are_dicts_in_the_order_of_the_columns_and_other_types_are_skipped() -> None:
    assert list(compiled().rows(PATIENTS)) == [{"id": "1", "n": []}, {"id": "3", "n": []}, {"id": "4", "n": []}]


def test_all_conditions_must_be_true() -> None:
    assert [row["id"] for row in compiled(where=[{"path": "active"}]).rows(PATIENTS)] == ["1"]
    both = [{"path": "active.exists()"}, {"path": "active.not()"}]
    assert [row["id"] for row in compiled(where=both).rows(PATIENTS)] == ["3"]


def test_a_condition_that_is_no_boolean_is_an_error() -> None:
    condition = [{"path": "iif(active, true, %resource.id)"}]
    with pytest.raises(ViewError, match="a condition must be a boolean"):
        list(compiled(where=condition).rows(PATIENTS))


def test_two_columns_need_two_names() -> None:
    with pytest.raises(ViewError, match="there are two columns id") as caught:
        compiled(select=[*SELECT, *SELECT])
    assert caught.value.at == "ViewDefinition.select[1].column[0].name"


def test_rows_are_made_when_they_are_asked_for() -> None:
    made = compiled().rows(iter(PATIENTS))
    assert next(made)["id"] == "1"
