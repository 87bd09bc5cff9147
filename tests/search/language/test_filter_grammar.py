"""The grammar of `_filter`, and what it means of which parameters."""

import pytest

from gateway.errors import BadRequest, NotSupported, TooCostly
from gateway.search.language.filter_grammar import FilterStep, Joined, Negation, Relation, parse
from gateway.search.query import parse as query


def eq(name: str, value: str = "1", operator: str = "eq") -> Relation:
    return Relation((FilterStep(name),), operator, value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a eq 1", eq("a")),
        ("  a\teq  1 ", eq("a")),
        ("a EQ 1", eq("a")),
        ('a eq "x y) \\"z\\" \\u00e9"', eq("a", 'x y) "z" é')),
        ("a eq http://loinc.org|1-2", eq("a", "http://loinc.org|1-2")),
        ("a ge 2014-10-10T12:00:00+01:00", eq("a", "2014-10-10T12:00:00+01:00", "ge")),
        ("not-a eq 1", eq("not-a")),
        ("or-a eq or", eq("or-a", "or")),
        ("_has:Observation:patient:code eq 1", eq("_has:Observation:patient:code")),
        ("a.b.c eq 1", Relation((FilterStep("a"), FilterStep("b"), FilterStep("c")), "eq", "1")),
        ("a[b eq 1].c eq 2", Relation((FilterStep("a", eq("b")), FilterStep("c")), "eq", "2")),
        ("(a eq 1)", eq("a")),
        ("not (a eq 1)", Negation(eq("a"))),
        ("not(a eq 1)", Negation(eq("a"))),
        ("a eq 1 and b eq 1", Joined((eq("a"), eq("b")), False)),
        # "evaluated left to right, with no precedence between and and or"
        ("a eq 1 or b eq 1 and c eq 1", Joined((Joined((eq("a"), eq("b")), True), eq("c")), False)),
        ("a eq 1 and b eq 1 and c eq 1", Joined((eq("a"), eq("b"), eq("c")), False)),
        ("a eq 1 or (b eq 1 and c eq 1)", Joined((eq("a"), Joined((eq("b"), eq("c")), False)), True)),
        ("not (a eq 1) or b eq 1", Joined((Negation(eq("a")), eq("b")), True)),
    ],
)
def test_what_is_read(text: str, meant: object) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", 1),
        ("a", 2),
        ("a eq", 5),
        ("a eq 1 b eq 2", 8),
        ("a is 1", 3),
        ("a eq 1 and", 11),
        ("(a eq 1", 8),
        ("a eq 1)", 7),
        ("a[b eq 1] eq 2", 10),
        ("a[b eq 1.c eq 2", 12),
        ("a. eq 1", 3),
        ("1a eq 1", 1),
        ('a eq "x', 6),
        ('a eq "\\ud800"', 6),
        ('a eq "\\x"', 6),
        ("not a eq 1", 5),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(text)
    assert f"at character {place}" in refused.value.text


@pytest.mark.parametrize(
    "text", ["(" * 5000, "not (" * 5000, "a[" * 5000, "a." * 5000, "a eq 1 or " * 5000, "x" * 99999]
)
def test_nothing_can_be_too_much(text: str) -> None:
    with pytest.raises(BadRequest):
        parse(text)


@pytest.mark.parametrize(
    ("type_", "text", "named"),
    [
        ("Patient", "nonsense eq 1", "nonsense"),
        ("Patient", "gender gt male", "'gender' cannot be compared by 'gt'"),
        ("Patient", "birthdate sw 19", "'sw'"),
        ("Observation", "subject co x", "'co'"),
        ("Observation", "code.name eq x", "leads nowhere"),
        ("Observation", "subject.nonsense eq x", "nonsense"),
        ("Observation", "subject:Practitioner.name eq x", "Practitioner"),
        ("Observation", "related[type eq has-component].target pr true", "related"),
        ("Patient", "name pr maybe", "true or false"),
        ("Patient", "_text pr true", "_text"),
        ("Patient", "name:exact co x", "'eq'"),
        ("Patient", "birthdate ge yesterday", "birthdate"),
        ("Patient", "_has:Observation:nonsense:code eq 1", "nonsense"),
        ("Patient", "name.id eq 1", "leads nowhere"),
        (None, "name eq x", "name"),
    ],
)
def test_what_has_no_meaning_is_refused_by_name(type_: str | None, text: str, named: str) -> None:
    with pytest.raises(BadRequest) as refused:
        query(type_, [("_filter", text)])
    assert named in refused.value.text


def test_a_server_without_terminology_says_so() -> None:
    for operator in ("ss", "sb", "in", "ni"):
        with pytest.raises(NotSupported):
            query("Observation", [("_filter", f"code {operator} http://example.org/x|y")])


def test_a_chain_through_everything_is_refused_in_time() -> None:
    path = ".".join(["entity"] * 12)
    with pytest.raises(TooCostly):
        query("Provenance", [("_filter", f"{path}._id eq 1")])
