"""Binding gives each comparison its filters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.search.binding.bind import bind
from gateway.search.context import NO_CONTEXT, Context
from gateway.search.language.criteria import parse_parameter
from gateway.search.language.filter_criteria import parse_filter
from gateway.search.tree.clauses import And, Bound, Branch, Chain, Clause, Has, Hierarchy, Not, Or, Words

DAY_2024 = 1_704_067_200_000_000


@dataclass
class OneSet:
    """A terminology that knows one value set, and what it was asked."""

    asked: list[str] = field(default_factory=list)

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        self.asked.append(value_set)
        if value_set != "http://x/set":
            raise NotSupported(f"the value set {value_set} is not known")
        return [("http://x", "a")]

    def below(self, system: str, code: str) -> Sequence[str]:
        return [code]

    above = below


def bound(type_: str, written: str, value: str, context: Context = NO_CONTEXT) -> Clause:
    clause = parse_filter(type_, value) if written == "_filter" else parse_parameter(type_, written, value)
    return bind(clause, context)


def test_every_value_is_a_filter_for_every_stored_name() -> None:
    clause = bound("Observation", "combo-code", "s|a,s|b")
    tokens = ("code|a|s", "component-code|a|s", "code|b|s", "component-code|b|s")
    assert clause == Bound(tuple({"k": token} for token in tokens), rank=4)


def test_a_negation_stays_around_its_filters() -> None:
    assert bound("Patient", "gender:not", "|male") == Not(Bound(({"k": "gender|male|"},), rank=6))


def test_a_value_is_present_by_its_entries() -> None:
    clause = bound("Patient", "birthdate:missing", "true")
    assert isinstance(clause, Not) and isinstance(clause.clause, Bound)
    assert clause.clause.filters[0]["$or"][0] == {"d": {"$elemMatch": {"p": "birthdate"}}}


@pytest.mark.parametrize(
    ("type_", "written", "value", "since"),
    [
        ("Observation", "date", "ge2024-01-01", DAY_2024),
        ("Observation", "date", "ge2024-01-01,ge2025-01-01", DAY_2024),
        ("Observation", "date", "lt2024-01-01", None),
        ("Observation", "date", ",".join(f"20{year}" for year in range(10, 19)), None),
        ("Observation", "value-date", "ge2024-01-01", None),
        ("Observation", "_filter", "date ge 2024-01-01", None),
    ],
)
def test_the_main_date_tells_since_when_matches_last(type_: str, written: str, value: str, since: int | None) -> None:
    clause = bound(type_, written, value)
    assert isinstance(clause, Bound)
    assert clause.since == since


def test_terminology_is_asked_for_every_value() -> None:
    terms = OneSet()
    clause = bound("Observation", "code:in", ["http://x/set", "://x/set\\,2"][0], Context(terms=terms))
    assert clause == Bound(({"k": "code|a|http://x"},), rank=4)
    assert terms.asked == ["http://x/set"]


@pytest.mark.parametrize(
    ("written", "value"), [("code:in", "http://x/set"), ("_filter", "code in http://x/set"), ("code:not-in", "x")]
)
def test_without_its_terminology_a_comparison_is_not_supported(written: str, value: str) -> None:
    with pytest.raises(NotSupported, match="value sets are not known here"):
        bound("Observation", written, value)


def test_an_unknown_value_set_of_several_is_refused() -> None:
    with pytest.raises(NotSupported, match="http://x/other"):
        bound("Observation", "code:in", "http://x/set,http://x/other", Context(terms=OneSet()))


def test_the_parts_of_a_filter_are_bound_in_place() -> None:
    clause = bound("Patient", "_filter", "not (gender eq male) or active eq true and name pr true")
    assert isinstance(clause, And)
    either, present = clause.clauses
    assert isinstance(either, Or) and isinstance(present, Bound)
    negated, active = either.clauses
    assert isinstance(negated, And) and isinstance(negated.clauses[0], Not)
    assert isinstance(active, And) and isinstance(active.clauses[0], Bound)


def test_the_end_of_a_chain_is_bound() -> None:
    chain = bound("Observation", "patient.gender", "male")
    assert isinstance(chain, Chain)
    assert chain.ends[0].clause == Bound(({"k": "gender|male|"},), rank=6)
    has = bound("Patient", "_has:Observation:patient:status", "final")
    assert isinstance(has, Has)
    assert has.end.clause == Bound(({"k": "status|final|"},), rank=6)


def test_an_end_at_which_the_value_makes_no_sense_is_left_out() -> None:
    """`date` is a date of an Encounter, but `code` of neither; `identifier` is a token of both."""
    chain = parse_parameter("Condition", "evidence-detail.date", "nonsense|x")
    with pytest.raises(BadRequest, match="'date'"):
        bind(chain, NO_CONTEXT)
    some = parse_parameter("Observation", "focus.value", "x")
    assert isinstance(some, Chain)
    left = bind(some, NO_CONTEXT)
    assert isinstance(left, Chain)
    assert {end.type for end in left.ends} <= {end.type for end in some.ends}
    assert left.ends


def test_words_are_bound_as_they_are() -> None:
    assert bound("Patient", "_text", "bone") == Words({"w": "text|bone"})


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("42", ["Location/42"]),
        ("Location/42", ["Location/42"]),
        ("http://us/fhir/Location/42", ["Location/42"]),
        ("42,Location/43", ["Location/42", "Location/43"]),
    ],
)
@pytest.mark.parametrize("modifier", ["above", "below"])
def test_a_hierarchy_begins_at_each_key(value: str, keys: list[str], modifier: str) -> None:
    clause = bound("Encounter", f"location:{modifier}", value, Context("http://us/fhir"))
    branches = tuple(Branch(key, ("partof",)) for key in keys)
    assert clause == Hierarchy(("location",), branches, modifier == "above", rank=2)


@pytest.mark.parametrize(
    ("written", "value"),
    [("subject:below", "1"), ("location:below", "Patient/1"), ("subject:above", "Patient/1")],
)
def test_where_there_is_no_hierarchy_it_is_not_supported(written: str, value: str) -> None:
    with pytest.raises(NotSupported, match="there is no hierarchy of these"):
        bound("Encounter", written, value)


def test_below_a_canonical_is_any_version() -> None:
    clause = bound("QuestionnaireResponse", "questionnaire:below", "http://x/q|1")
    assert isinstance(clause, Bound)
    assert clause.filters[0]["$or"][0] == {"k": "questionnaire|http://x/q|1"}


@pytest.mark.parametrize(
    ("written", "value", "named"),
    [
        ("birthdate", "nonsense", "birthdate"),
        ("birthdate", "2000,nonsense", "birthdate"),
        ("identifier", "a|b|c", "identifier"),
        ("_filter", "birthdate eq nonsense", "birthdate"),
        ("_filter", 'name co ""', "name"),
        ("organization", "#x", "organization"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(written: str, value: str, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        bound("Patient", written, value)


def test_binding_twice_changes_nothing() -> None:
    once: Any = bound("Patient", "_filter", "gender eq male and organization.name co x")
    assert bind(once, NO_CONTEXT) == once
