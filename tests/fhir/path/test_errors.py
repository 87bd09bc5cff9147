"""A wrong expression says what is wrong and where, before it meets data where that can be known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.fhir import path


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        ("", 0),
        ("name.", 5),
        ("name..given", 5),
        ("(name", 5),
        ("name)", 4),
        ("name[0", 6),
        ("'open", 0),
        ("2 + /* open", 4),
        ("@2020-13-01", 0),
        ("@2020-02-30", 0),
        ("@T25:00", 0),
        ("name where", 5),
        ("'\\q'", 0),
        ("{1}", 1),
        ("and", 0),
    ],
)
def test_a_syntax_error_carries_its_position(expression: str, at: int) -> None:
    with pytest.raises(path.PathError) as caught:
        path.compile(expression)
    assert (caught.value.phase, caught.value.at) == ("syntax", at)
    assert isinstance(caught.value, BadRequest)


@pytest.mark.parametrize(
    ("expression", "type_", "text"),
    [
        ("name.frist()", None, "no function frist"),
        ("name.where()", None, "where() takes 1 argument, not 0"),
        ("name is Persn", None, "no type Persn"),
        ("name asc", None, "unexpected 'asc'"),
        ("where(name desc)", None, "is only allowed in sort"),
        ("name.given1", "Patient", "HumanName has no element given1"),
        ("Encounter.status", "Patient", "the input is not of type Encounter"),
        ("valueQuantity", "Observation", "no element valueQuantity"),
        ("value.ofType(Period).unit", "Observation", "Period has no element unit"),
        ("where(nme.exists())", "Patient", "no element nme"),
        ("name | adress", "Patient", "no element adress"),
        ("children()[0]", "Patient", "has no order"),
        ("iif('x', 1, 2)", "Patient", "must be a Boolean"),
        ("id", "Nonsense", "no type Nonsense"),
    ],
)
def test_a_semantic_error_says_what_is_not_there(expression: str, type_: str | None, text: str) -> None:
    with pytest.raises(path.PathError, match=text.replace("(", r"\(").replace(")", r"\)")):
        path.compile(expression, type_)


@pytest.mark.parametrize(
    "expression",
    [
        "contained.anything.goes",
        "Bundle.entry.resource.name.given",
        "name.where(use = 'official').given.first()",
        "%x.y.z",
        "managingOrganization.resolve().name",
        "extension('u').value.code",
        "name.given.select($this.length())",
        "multipleBirth as boolean",
        "repeat(contained).id",
        "birthDate.extension.value",
    ],
)
def test_what_may_be_there_passes_the_check(expression: str) -> None:
    assert path.compile(expression, "Bundle" if expression.startswith("Bundle") else "Patient")


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        ("1 + 'a'", 2),
        ("(1 | 2) + 3", 8),
        ("%unknown", 0),
        ("'a'.matches('(')", 4),
        ("(1 | 2).single()", 8),
        ("1 < 'a'", 2),
        ("1.repeat($this + 1)", 2),
        ("defineVariable('x', 1).defineVariable('x', 2)", 23),
        ("defineVariable('context', 1)", 0),
        ("'x'.memberOf('http://nowhere')", 4),
        ("('male' | 'female').memberOf(%`vs-administrative-gender`)", 20),
        ("conformsTo('http://nowhere')", 0),
    ],
)
def test_an_execution_error_carries_its_position(expression: str, at: int) -> None:
    with pytest.raises(path.PathError) as caught:
        path.compile(expression)({"resourceType": "Patient"})
    assert (caught.value.phase, caught.value.at) == ("execution", at)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "a" + ".b" * 5000,
        "1" + " + 1" * 5000,
        "-" * 5000 + "1",
        "a" + ".where(b)" * 5000,
        "a(" * 99,
    ],
)
def test_an_endless_expression_is_refused_before_it_fills_the_stack(expression: str) -> None:
    with pytest.raises(path.PathError, match=r"nested too deeply|too long"):
        path.compile(expression)


def test_a_long_expression_runs() -> None:
    assert path.compile("0" + " + 1" * 90)({}) == [90]
    assert path.compile("(" * 35 + "1" + ")" * 35)({}) == [1]


@given(st.text(alphabet="abc().[]{}'`@T019:-+*/|=~!<>%$ ,\"\\", max_size=30))
def test_any_text_is_an_expression_or_a_path_error(text: str) -> None:
    try:
        path.compile(text)({"resourceType": "Patient"})
    except path.PathError as error:
        assert error.status == 400
