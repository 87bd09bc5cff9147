"""The grammar (https://hl7.org/fhirpath/N1/grammar.html) and the precedence of operators (#operator-precedence)."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import (
    Binary,
    Empty,
    FunctionCall,
    Indexer,
    Literal,
    Member,
    Special,
    Tree,
    TypeTest,
    Unary,
    Variable,
)
from gateway.fhir.path.parser import parse


def shown(tree: Tree | None) -> str:
    """Write a tree with all its brackets."""
    match tree:
        case None:
            return "$this"
        case Literal(value=value):
            return repr(value)
        case Empty():
            return "{}"
        case Variable(name=name):
            return f"%{name}"
        case Special(name=name):
            return name
        case Member(source=source, name=name):
            return f"{shown(source)}.{name}" if source else name
        case FunctionCall(source=source, name=name, arguments=arguments):
            call = f"{name}({', '.join(map(shown, arguments))})"
            return f"{shown(source)}.{call}" if source else call
        case Indexer(source=source, index=index):
            return f"{shown(source)}[{shown(index)}]"
        case Unary(operator=operator, operand=operand):
            return f"({operator} {shown(operand)})"
        case Binary(operator=operator, left=left, right=right):
            return f"({shown(left)} {operator} {shown(right)})"
        case TypeTest(operator=operator, operand=operand, type=type_):
            return f"({shown(operand)} {operator} {type_})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("a & b + c", "((a & b) + c)"),
        ("a | b + c", "(a | (b + c))"),
        ("a | b = c", "((a | b) = c)"),
        ("a is Patient = true", "((a is Patient) = True)"),
        ("1 < 2 = true", "((1 < 2) = True)"),
        ("a = b in c", "((a = b) in c)"),
        ("a in b and c", "((a in b) and c)"),
        ("a or b and c", "(a or (b and c))"),
        ("a implies b or c", "(a implies (b or c))"),
        ("-1.abs()", "(- 1.abs())"),
        ("- + 1", "(- (+ 1))"),
        ("a.b[0].c", "a.b[0].c"),
        ("value as FHIR.Quantity", "(value as FHIR.Quantity)"),
        ("text.div", "text.div"),
        ("a.is", "a.is"),
        ("a.contains('x') and contains", "(a.contains('x') and contains)"),
        ("name.sort(family desc, given)", "name.sort((desc family), given)"),
        ("%resource.id", "%resource.id"),
        ("%'vs-x'", "%vs-x"),
        ("{}", "{}"),
        ("$this.a", "$this.a"),
    ],
)
def test_operators_bind_as_the_specification_orders_them(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("'a'", "System.String", "a"),
        ("true", "System.Boolean", True),
        ("12", "System.Integer", 12),
        ("1.20", "System.Decimal", Decimal("1.20")),
        ("@2015-02", "System.Date", "2015-02"),
        ("@2015-02T", "System.DateTime", "2015-02T"),
        ("@T12:00", "System.Time", "12:00"),
        ("4 days", "System.Quantity", {"value": Decimal(4), "unit": "days"}),
        (
            "4.5 'mg'",
            "System.Quantity",
            {"value": Decimal("4.5"), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
        ),
    ],
)
def test_a_literal_has_a_system_type(text: str, type_: str, value: Any) -> None:
    assert parse(text) == Literal(type_, value, 0)


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("", 0, "unexpected end of expression, a term expected"),
        ("a.", 2, "unexpected end of expression, a name expected"),
        ("a b", 2, "unexpected 'b', 'end' expected"),
        ("f(1", 3, "')' expected"),
        ("a[1", 3, "']' expected"),
        ("a.$this", 2, "a name expected"),
        ("and", 0, "a name expected"),
        ("a + * b", 4, "a term expected"),
        ("(" * 50 + "1" + ")" * 50, 40, "nested too deeply"),
        ("1" * 401, 0, "a number of more than 400 digits"),
        ("a" * 50_001, 0, "at most 50000 are accepted"),
        ("a" + ".a" * 120, 0, "the expression is too long"),
    ],
)
def test_a_text_outside_the_grammar_is_refused_with_its_place(text: str, at: int, reason: str) -> None:
    with pytest.raises(PathError) as caught:
        parse(text)
    assert (caught.value.phase, caught.value.at) == ("syntax", at)
    assert reason in caught.value.reason
