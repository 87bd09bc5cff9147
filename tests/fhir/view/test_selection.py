"""Selects and their rows (https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html)."""

from typing import Any

import pytest

from gateway.fhir.path.scope import Scope
from gateway.fhir.view.definition import definition
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.paths import Focus, Frame
from gateway.fhir.view.selection import Selection, is_primitive, selection

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "A", "given": ["x", "y"]}, {"family": "B"}],
    "contact": [{"name": {"family": "C"}}],
    "photo": [],
}


def compiled(*selects: dict[str, Any]) -> Selection:
    return selection(
        definition({"resource": "Patient", "select": list(selects)}).selects, Focus("Patient", frozenset())
    )


def rows(*selects: dict[str, Any]) -> list[tuple[Any, ...]]:
    scope = Scope(("Patient", PATIENT, None))
    return compiled(*selects).rows(scope, Frame(scope.this, {}))


def columns(**paths: str) -> dict[str, Any]:
    return {"column": [{"name": name, "path": path} for name, path in paths.items()]}


def test_columns_make_one_row() -> None:
    assert rows(columns(id="id", gender="gender")) == [("p", None)]


def test_a_for_each_makes_a_row_for_each_item() -> None:
    assert rows({"forEach": "name", **columns(family="family", row="%rowIndex")}) == [("A", 0), ("B", 1)]
    assert rows({"forEach": "photo", **columns(title="title")}) == []


def test_a_for_each_or_null_has_one_row_without_items() -> None:
    assert rows({"forEachOrNull": "photo", **columns(title="title", row="%rowIndex")}) == [(None, 0)]
    assert rows({"forEachOrNull": "name", **columns(family="family")}) == [("A",), ("B",)]


def test_selects_side_by_side_multiply() -> None:
    names, given = {"forEach": "name", **columns(family="family")}, {"forEach": "name.given", **columns(given="$this")}
    assert rows(names, given) == [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")]
    assert rows(names, {"forEach": "photo", **columns(title="title")}) == []


def test_a_select_inside_another_sees_its_item() -> None:
    inner = {"forEachOrNull": "given", **columns(given="$this")}
    assert rows({"forEach": "name", **columns(family="family"), "select": [inner]}) == [
        ("A", "x"),
        ("A", "y"),
        ("B", None),
    ]


def test_the_branches_of_a_union_follow_each_other() -> None:
    branches = [{"forEach": path, **columns(family="family")} for path in ("name", "contact.name")]
    assert rows({**columns(id="id"), "unionAll": branches}) == [("p", "A"), ("p", "B"), ("p", "C")]


def test_branches_that_do_not_share_a_type_leave_it_open() -> None:
    one = {"column": [{"name": "a", "path": "id", "type": "id"}]}
    other = {"column": [{"name": "a", "path": "gender", "type": "code"}]}
    assert compiled({"unionAll": [one, one]}).columns[0].type == "id"
    assert compiled({"unionAll": [one, other]}).columns[0].type == ""


def test_a_repeat_reaches_all_levels_each_before_those_below_it() -> None:
    questionnaire = {
        "resourceType": "QuestionnaireResponse",
        "item": [{"linkId": "1", "item": [{"linkId": "1.1"}]}, {"linkId": "2"}],
    }
    view = definition({"resource": "QuestionnaireResponse", "select": [{"repeat": ["item"], **columns(id="linkId")}]})
    scope = Scope(("QuestionnaireResponse", questionnaire, None))
    repeated = selection(view.selects, Focus("QuestionnaireResponse", frozenset()))
    assert repeated.rows(scope, Frame(scope.this, {})) == [("1",), ("1.1",), ("2",)]


def test_a_collection_is_always_a_list() -> None:
    column = {"name": "given", "path": "given", "collection": True}
    assert rows({"forEach": "name", "column": [column]}) == [(["x", "y"],), ([],)]


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        ({"forEach": "name", **columns(given="given")}, "column given has 2 values and is not a collection"),
        (columns(contact="contact"), "column contact: a primitive type, as the column has no type expected"),
        ({"repeat": ["$this"], **columns(id="id")}, "the repetition does not end"),
    ],
)
def test_a_value_that_the_view_does_not_allow_is_an_error(select: dict[str, Any], reason: str) -> None:
    with pytest.raises(ViewError, match=reason):
        rows(select)


@pytest.mark.parametrize(
    ("select", "reason", "at"),
    [
        ({"forEach": "name"}, "a select needs a column, select or unionAll", "ViewDefinition.select[0]"),
        (
            {"unionAll": [columns(a="id"), columns(b="id")]},
            "the columns of a unionAll must be the same in the same order: a",
            "ViewDefinition.select[0].unionAll[1]",
        ),
        ({"forEach": "nonsense", **columns(a="id")}, "no element nonsense", "ViewDefinition.select[0].forEach"),
    ],
)
def test_a_select_that_makes_no_sense_is_refused(select: dict[str, Any], reason: str, at: str) -> None:
    with pytest.raises(ViewError, match=reason) as caught:
        compiled(select)
    assert caught.value.at == at


def test_objects_may_stand_in_a_column_of_their_type() -> None:
    column = {"name": "contact", "path": "contact", "type": "Patient.contact"}
    assert rows({"column": [column]}) == [({"name": {"family": "C"}},)]
    assert is_primitive("") and is_primitive("date") and not is_primitive("HumanName")
