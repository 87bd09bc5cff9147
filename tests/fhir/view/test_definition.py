"""The JSON of a view (https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html)."""

from typing import Any

import pytest

from gateway.fhir.view.definition import ColumnPart, Text, definition
from gateway.fhir.view.errors import ViewError

ID = {"column": [{"name": "id", "path": "id"}]}


def view(*selects: Any, **members: Any) -> dict[str, Any]:
    return {"resource": "Patient", "select": list(selects) or [ID], **members}


def test_a_view_is_read_with_its_places() -> None:
    read = definition(
        view(
            {
                "forEach": "name",
                "column": [{"name": "family", "path": "family", "type": "string", "collection": True}],
                "select": [ID],
                "unionAll": [ID, {"repeat": ["contact"], **ID}],
            },
            name="names",
            where=[{"path": "active"}],
            constant=[{"name": "use", "valueCode": "official"}],
        )
    )
    assert (read.name, read.resource) == ("names", "Patient")
    assert read.where == (Text("active", "ViewDefinition.where[0].path"),)
    assert read.constants == {"use": [("code", "official", None)]}
    [select] = read.selects
    at = "ViewDefinition.select[0]"
    assert (select.at, select.iteration, select.paths) == (at, "forEach", (Text("name", f"{at}.forEach"),))
    assert select.columns == (
        ColumnPart("family", "string", True, Text("family", f"{at}.column[0].path"), f"{at}.column[0]"),
    )
    assert [child.at for child in (*select.selects, *select.unions)] == [
        f"{at}.select[0]",
        f"{at}.unionAll[0]",
        f"{at}.unionAll[1]",
    ]
    assert (select.unions[1].iteration, select.unions[1].paths[0].text) == ("repeat", "contact")


def test_a_type_may_be_written_as_an_address() -> None:
    column = {"name": "a", "path": "id", "type": "http://hl7.org/fhir/StructureDefinition/id"}
    assert definition(view({"column": [column]})).selects[0].columns[0].type == "id"


def nested(levels: int) -> dict[str, Any]:
    return {"select": [nested(levels - 1)]} if levels > 1 else ID


def test_selects_may_stand_in_each_other_up_to_a_level() -> None:
    assert definition(view(nested(30))).selects
    with pytest.raises(ViewError, match="more than 30 selects inside one another"):
        definition(view(nested(31)))


@pytest.mark.parametrize(
    ("json", "reason", "at"),
    [
        ({"resourceType": "ViewDefinition"}, "resource is missing", ""),
        ({"resourceType": "Patient", "resource": "Patient"}, "this is not a ViewDefinition", ".resourceType"),
        (view(resource="Nonsense"), "resource must be an R4 resource type", ".resource"),
        ({"resource": "Patient"}, "select is missing", ""),
        (view({"column": [{"name": "1a", "path": "id"}]}), "a name must be a letter", ".select[0].column[0].name"),
        (view({"column": [{"path": "id"}]}), "name is missing", ".select[0].column[0]"),
        (view({"column": [{"name": "a"}]}), "path is missing", ".select[0].column[0]"),
        (view({"colum": []}), "colum is not known here", ".select[0].colum"),
        (view({"forEach": "name", "repeat": ["name"]}), "forEach and repeat exclude one another", ".select[0]"),
        (view(where=[{"paht": "a"}]), "paht is not known here", ".where[0].paht"),
        (view(constant=[{"name": "a"}]), "a constant has exactly one value", ".constant[0]"),
        (
            view(constant=[{"name": "a", "valueCode": "b", "valueString": "c"}]),
            "a constant has exactly one value",
            ".constant[0]",
        ),
        (view(constant=[{"name": "a", "valueInteger": "1"}]), "not of type integer", ".constant[0].valueInteger"),
        (view(constant=[{"name": "sct", "valueCode": "b"}]), "the name sct is taken", ".constant[0].name"),
        (view(constant=[{"name": "rowIndex", "valueInteger": 1}]), "the name rowIndex is taken", ".constant[0].name"),
        (view(constant=[{"name": "a", "valueCode": "b"}] * 2), "the name a is taken", ".constant[1].name"),
    ],
)
def test_a_wrong_view_is_refused_with_its_place(json: Any, reason: str, at: str) -> None:
    with pytest.raises(ViewError, match=reason) as caught:
        definition(json)
    assert caught.value.at == f"ViewDefinition{at}"
