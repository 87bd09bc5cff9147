from typing import Any

import pytest

from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.part import ViewPart

AT = "ViewDefinition.select[0]"


def part(**members: Any) -> ViewPart:
    return ViewPart(members, AT)


def test_values_of_the_right_kind_are_returned() -> None:
    view = part(name="a", collection=True, column=[{"path": "id"}], repeat=["a", "b"])
    assert view.text("name") == view.required("name") == "a"
    assert view.flag("collection") is True
    assert [(child.value, child.at) for child in view.parts("column")] == [({"path": "id"}, f"{AT}.column[0]")]
    assert view.texts("repeat") == [("a", f"{AT}.repeat[0]"), ("b", f"{AT}.repeat[1]")]


def test_absent_values_have_defaults() -> None:
    assert (part().text("name"), part().flag("collection"), part().parts("column"), part().texts("repeat")) == (
        "",
        False,
        [],
        [],
    )


@pytest.mark.parametrize(
    ("read", "reason", "at"),
    [
        (lambda: ViewPart([], AT), "an object is expected here", AT),
        (lambda: part(name=3).text("name"), "name must be a string", f"{AT}.name"),
        (lambda: part(name=" ").text("name"), "name must be a string", f"{AT}.name"),
        (lambda: part().required("name"), "name is missing", AT),
        (lambda: part(collection="true").flag("collection"), "collection must be true or false", f"{AT}.collection"),
        (lambda: part(column={}).items("column"), "column must be a non-empty list", f"{AT}.column"),
        (lambda: part(column=[]).items("column"), "column must be a non-empty list", f"{AT}.column"),
        (lambda: part(column=["a"]).parts("column"), "an object is expected here", f"{AT}.column[0]"),
        (lambda: part(repeat=["a", ""]).texts("repeat"), "repeat must be a list of strings", f"{AT}.repeat[1]"),
        (lambda: part(colum=[]).only("column"), "colum is not known here", f"{AT}.colum"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(read: Any, reason: str, at: str) -> None:
    with pytest.raises(ViewError, match=reason) as caught:
        read()
    assert caught.value.at == at


def test_every_object_may_have_an_id_and_extensions() -> None:
    part(id="a", extension=[], modifierExtension=[], _name={}, name="b").only("name")
