"""The FHIRPath of a view."""

from typing import Any

import pytest

from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Nodes, integer, string
from gateway.fhir.view.definition import Text
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.paths import Focus, Frame

PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"family": "A", "use": "usual"}]}
AT = "ViewDefinition.select[0].column[0].path"


def focus(*constants: str) -> Focus:
    return Focus("Patient", frozenset(constants))


def evaluate(text: str, row: Nodes | None = None, **constants: Nodes) -> list[Any]:
    scope = Scope(("Patient", PATIENT, None))
    path = focus(*constants).path(Text(text, AT))
    frame = Frame(scope.this, constants) if row is None else Frame(scope.this, constants, row)
    return [node[1] for node in path.evaluate(scope, frame)]


def test_a_path_is_evaluated_on_the_focus_with_constants_and_row_index() -> None:
    assert evaluate("name.family") == ["A"]
    assert evaluate("name.where(use = %use).family", use=string("usual")) == ["A"]
    assert evaluate("%rowIndex", integer(4)) == [4]
    assert evaluate("%rowIndex") == [0]


def test_a_path_knows_whether_it_reads_the_row_index() -> None:
    assert focus().path(Text("%rowIndex + 1", AT)).reads_row
    assert not focus().path(Text("name", AT)).reads_row


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name.", "syntax error"),
        ("name.nonsense", "HumanName has no element nonsense"),
        ("%missing", "there is no constant missing"),
        ("nonsense()", "there is no function nonsense"),
    ],
)
def test_a_wrong_path_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(ViewError, match=reason) as caught:
        focus().path(Text(text, AT))
    assert caught.value.at == AT


def test_a_variable_that_the_path_defines_needs_no_constant() -> None:
    assert evaluate("defineVariable('x', name.family).select(%x)") == ["A"]
    assert evaluate("%resource.name.family & %sct") == ["Ahttp://snomed.info/sct"]


def test_a_condition_must_be_a_boolean() -> None:
    assert focus().path(Text("name.exists()", AT), condition=True)
    with pytest.raises(ViewError, match="a condition must be a Boolean"):
        focus().path(Text("name.family", AT), condition=True)


def test_inside_a_for_each_paths_are_checked_against_its_items() -> None:
    inside = focus().within(parse("name"))
    assert inside.path(Text("family", AT))
    with pytest.raises(ViewError, match="HumanName has no element birthDate"):
        inside.path(Text("birthDate", AT))
    assert inside.within(parse("period")).path(Text("start", AT))


def test_inside_a_repeat_nothing_is_checked() -> None:
    assert focus().unknown().path(Text("nonsense", AT))


def test_an_error_of_the_evaluation_has_the_place_of_the_path() -> None:
    with pytest.raises(ViewError, match="one item expected, 2 found") as caught:
        evaluate("(1 | 2).single()")
    assert caught.value.at == AT
