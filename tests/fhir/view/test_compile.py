"""What is refused before any data, and where it says the fault lies."""

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.fhir.view import Column, ViewError, compile  # noqa: A004

ID = {"name": "id", "path": "id", "type": "id"}


def view(*selects: dict[str, Any], resource: str = "Patient", **more: Any) -> dict[str, Any]:
    return {"resourceType": "ViewDefinition", "resource": resource, "select": list(selects), **more}


@pytest.mark.parametrize(
    ("definition", "at"),
    [
        ({"resourceType": "Patient", "resource": "Patient"}, "ViewDefinition.resourceType"),
        (view({"column": [ID]}, resource="Person2"), "ViewDefinition.resource"),
        (view(), "ViewDefinition.select"),
        (view({}), "ViewDefinition.select[0]"),
        (view({"columns": [ID]}), "ViewDefinition.select[0].columns"),
        (view({"column": [{"path": "id"}]}), "ViewDefinition.select[0].column[0]"),
        (view({"column": [{"name": "1st", "path": "id"}]}), "ViewDefinition.select[0].column[0].name"),
        (view({"column": [ID, {**ID, "collection": "yes"}]}), "ViewDefinition.select[0].column[1].collection"),
        (view({"column": [ID]}, {"column": [ID]}), "ViewDefinition.select[1].column[0].name"),
        (view({"column": [{"name": "x", "path": "nonsense"}]}), "ViewDefinition.select[0].column[0].path"),
        (view({"column": [{"name": "x", "path": "id +"}]}), "ViewDefinition.select[0].column[0].path"),
        (view({"column": [{"name": "x", "path": "%who"}]}), "ViewDefinition.select[0].column[0].path"),
        (view({"forEach": 1, "column": [ID]}), "ViewDefinition.select[0].forEach"),
        (view({"forEach": "name", "repeat": ["name"], "column": [ID]}), "ViewDefinition.select[0]"),
        (view({"repeat": "item", "column": [ID]}), "ViewDefinition.select[0].repeat"),
        (
            view({"forEach": "name", "select": [{"forEach": "given", "column": [{"name": "x", "path": "family"}]}]}),
            "ViewDefinition.select[0].select[0].column[0].path",
        ),
        (
            view({"unionAll": [{"column": [ID]}, {"column": [{**ID, "name": "other"}]}]}),
            "ViewDefinition.select[0].unionAll[1]",
        ),
        (view({"column": [ID]}, where=[{"path": "name.family"}]), "ViewDefinition.where[0].path"),
        (view({"column": [ID]}, constant=[{"name": "x"}]), "ViewDefinition.constant[0]"),
        (
            view({"column": [ID]}, constant=[{"name": "x", "valueInteger": "1"}]),
            "ViewDefinition.constant[0].valueInteger",
        ),
        (view({"column": [ID]}, constant=[{"name": "sct", "valueCode": "1"}]), "ViewDefinition.constant[0].name"),
        (view({"column": [ID]}, constant={"name": "x"}), "ViewDefinition.constant"),
    ],
)
def test_a_faulty_view_is_refused_with_the_place_of_the_fault(definition: dict[str, Any], at: str) -> None:
    with pytest.raises(ViewError) as caught:
        compile(definition)
    assert caught.value.issues[0].expression == at
    assert isinstance(caught.value, BadRequest)


def test_views_inside_one_another_without_end_are_refused() -> None:
    select: dict[str, Any] = {"column": [ID]}
    for _ in range(500):
        select = {"select": [select]}
    with pytest.raises(ViewError, match="inside one another"):
        compile(view(select))


def test_columns_are_known_with_their_types_before_any_data() -> None:
    compiled = compile(
        view(
            {"column": [{**ID, "type": "http://hl7.org/fhir/StructureDefinition/id"}]},
            {"unionAll": [{"column": [{"name": "b", "path": "active", "type": "boolean"}]}] * 2},
            {"column": [{"name": "c", "path": "name.given", "type": "string", "collection": True}]},
        )
    )
    assert compiled.columns == (Column("id", "id"), Column("b", "boolean"), Column("c", "string", True))


def test_what_a_repeat_reaches_is_not_checked_against_a_type() -> None:
    definition = view({"repeat": ["item", "answer.item"], "column": [{"name": "x", "path": "linkId"}]})
    assert compile({**definition, "resource": "QuestionnaireResponse"}).columns == (Column("x"),)


def test_a_name_made_by_the_path_itself_is_no_missing_constant() -> None:
    path = "defineVariable('f', name.first()).select(%f.family)"
    rows = compile(view({"column": [{"name": "x", "path": path}]})).rows(
        [{"resourceType": "Patient", "name": [{"family": "Muster"}]}]
    )
    assert list(rows) == [{"x": "Muster"}]
