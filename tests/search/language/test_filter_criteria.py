"""`_filter` gives the clauses that a query string gives (https://hl7.org/fhir/R4/search_filter.html)."""

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.search.definitions.parameters import parameters
from gateway.search.language.criteria import parse_parameter
from gateway.search.language.filter_criteria import parse_filter
from gateway.search.tree.clauses import And, Chain, Clause, Comparison, End, Has, Not, Or, Present, Words

PATIENT = parameters("Patient")


def compared(name: str, operator: str, value: str, type_: str = "Patient") -> Comparison:
    return Comparison("_filter", parameters(type_)[name], (value,), operator=operator)


NAME, GENDER = compared("name", "co", "x"), compared("gender", "eq", "male")


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("name co x", NAME),
        ('name co "a, b"', compared("name", "co", "a, b")),
        ("id eq a", compared("_id", "eq", "a")),
        ("birthdate ge 2000", compared("birthdate", "ge", "2000")),
        ("language ni s", Not(compared("language", "in", "s"))),
        ("name pr true", Present(PATIENT["name"])),
        ("name pr false", Not(Present(PATIENT["name"]))),
        ("_text co bone", Words({"w": "text|bone"})),
        ("not (name co x)", Not(And((NAME,)))),
        ("name co x and gender eq male", And((NAME, GENDER))),
        ("name co x or gender eq male", Or((And((NAME,)), And((GENDER,))))),
        ("(name co x or name co x) and gender eq male", And((Or((And((NAME,)), And((NAME,)))), GENDER))),
    ],
)
def test_an_expression_is_a_tree(text: str, clause: Clause) -> None:
    assert parse_filter("Patient", text) == clause


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("name:exact eq x", "name:exact", "x"),
        ("gender:not eq male,female", "gender:not", "male,female"),
        ("name pr true", "name:missing", "false"),
        ("name pr false", "name:missing", "true"),
        ("_content eq bone", "_content", "bone"),
    ],
)
def test_what_a_query_string_can_say_is_the_same_clause(text: str, name: str, value: str) -> None:
    assert parse_filter("Patient", text) == parse_parameter("Patient", name, value)


def test_a_path_leads_through_references() -> None:
    end = End("Organization", compared("name", "co", "x", "Organization"))
    assert parse_filter("Patient", "organization.name co x") == Chain(("organization",), (end,), rank=2)


def test_what_stands_in_brackets_holds_of_the_same_resource() -> None:
    chain = parse_filter("Patient", "organization[active eq true].name co x")
    both = (compared("active", "eq", "true", "Organization"), compared("name", "co", "x", "Organization"))
    assert chain == Chain(("organization",), (End("Organization", And(both)),), rank=2)


def test_has_leads_backwards() -> None:
    has = parse_filter("Patient", "_has:Observation:patient:status eq final")
    assert has == Has(("subject",), End("Observation", compared("status", "eq", "final", "Observation")))


def test_a_path_may_go_on_behind_has() -> None:
    has = parse_filter("Patient", "_has:Observation:patient:encounter.status eq planned")
    assert isinstance(has, Has) and isinstance(has.end.clause, Chain)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense eq 1", "'nonsense' is not known for Patient"),
        ("gender gt male", "'gender' cannot be compared by 'gt'"),
        ("birthdate sw 19", "'birthdate' cannot be compared by 'sw'"),
        ("name ni x", "'name' cannot be compared by 'ni'"),
        ("_text pr true", "'_text' cannot be compared by 'pr'"),
        ("organization.birthdate eq 1", "refers to nothing that knows 'birthdate'"),
        ("gender.x eq 1", "'gender' is no reference"),
    ],
)
def test_what_is_not_offered_is_refused(text: str, message: str) -> None:
    with pytest.raises(NotSupported, match=message):
        parse_filter("Patient", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name:exact co x", "'name:exact' has a modifier, which only goes with 'eq'"),
        ("name pr maybe", "'name pr' is followed by true or false"),
        ("name co", "a value is expected at character 8"),
    ],
)
def test_what_is_wrong_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        parse_filter("Patient", text)
