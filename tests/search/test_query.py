"""A query string, understood or refused."""

import pytest

from gateway.errors import BadRequest, NotSupported, TooCostly
from gateway.search.context import Context
from gateway.search.query import Query, bind, parse, parse_tree
from gateway.search.tree.clauses import And, Bound, Chain, Or, of_types
from gateway.search.tree.needs import Needs


def query(text: str, type_: str | None = "Observation", lenient: bool = False) -> Query:
    pairs = [(name, value) for part in text.split("&") if part for name, _, value in [part.partition("=")]]
    return parse(type_, pairs, lenient=lenient)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nonsense=1", "nonsense"),
        ("patient.nonsense=1", "nonsense"),
        ("code:below=http://x|1", "not known"),
        ("code:in=http://x", "not known"),
        ("code:nonsense=1", "code"),
        ("date:exact=2020", "date"),
        ("subject:Nonsense=1", "subject"),
        ("subject:Practitioner.name=x", "subject"),
        ("code.name=x", "code"),
        ("_sort=nonsense", "nonsense"),
        ("_sort:x=date", "_sort"),
        ("_include=Observation:code", "Observation:code"),
        ("_query=x", "_query"),
        ("_sort=code-value-quantity", "code-value-quantity"),
        ("_has:Observation:nonsense:code=x", "nonsense"),
        ("=1", "''"),
    ],
)
def test_what_is_not_offered_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(NotSupported) as refused:
        query(text)
    assert named in refused.value.text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("date=abc", "date"),
        ("date=2020-13", "date"),
        ("date=xx2020", "date"),
        ("date=ge", "date"),
        ("_lastUpdated=yesterday", "_lastUpdated"),
        ("value-quantity=abc", "value-quantity"),
        ("value-quantity=gtgt5", "value-quantity"),
        ("value-quantity=NaN", "value-quantity"),
        ("value-quantity=5|x", "value-quantity"),
        ("value-quantity=1e999999999", "value-quantity"),
        ("code=a|b|c", "code"),
        ("code=|", "code"),
        ("code-value-quantity=a", "code-value-quantity"),
        ("code-value-quantity=a$", "code-value-quantity"),
        ("component-code-value-quantity=a$x", "component-code-value-quantity"),
        ("code=a,,b", "code"),
        ("code:missing=maybe", "code"),
        ("value-string= ", "value-string"),
        ("subject=#p", "subject"),
        ("_count=-1", "_count"),
        ("_count=x", "_count"),
        ("_count=²", "_count"),
        ("_total=some", "_total"),
        ("_sort=" + ",".join(["date"] * 9), "_sort"),
        ("_summary=all", "_summary"),
        ("_include=subject", "subject"),
        ("_include=Observation:subject:Nobody", "Nobody"),
        ("_type=Patient", "_type"),
        ("_has:Observation=x", "_has"),
        ("_has:Patient:organization:name=x", "organization"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadRequest) as refused:
        query(text)
    assert named in refused.value.text
    assert type(refused.value) is BadRequest


def test_lenient_leaves_out_the_unknown_and_says_so() -> None:
    found = query("nonsense=1&code=x&nonsense:exact=y", lenient=True)
    assert found.used == (("code", "x"),)
    assert len(found.clauses) == 1
    assert [issue.severity for issue in found.warnings] == ["warning", "warning"]
    for modified in ("code:exact=x", "code:below=s|y", "date:exact=2020", "subject:Foo.name=x", "_sort:desc=date"):
        with pytest.raises(NotSupported):
            query(modified, lenient=True)
    with pytest.raises(BadRequest):
        query("date=abc", lenient=True)


def test_what_was_used_is_kept_as_written_without_the_page() -> None:
    assert query("code=a\\,b&_count=5&_page=x&_sort=-date").used == (
        ("code", "a\\,b"),
        ("_count", "5"),
        ("_sort", "-date"),
    )


def test_the_settings_are_read() -> None:
    found = query("_count=7&_total=accurate&_summary=true&_elements=code,status&_sort=-date,_id&_page=p")
    assert (found.count, found.total, found.summary, found.page) == (7, "accurate", "true", "p")
    assert found.elements == ("code", "status")
    assert [(sort.parameter.name, sort.descending) for sort in found.sort] == [("date", True), ("_id", False)]
    assert not found.clauses


def test_a_huge_count_is_cut_to_the_largest_page() -> None:
    assert query("_count=999999999").count == 1000


def test_includes_add_up() -> None:
    found = query(
        "_include=Observation:subject&_include=Observation:encounter:Encounter&_revinclude:iterate=Provenance:target"
    )
    assert [(one.names, one.target, one.iterate) for one in found.includes] == [
        (("subject",), None, False),
        (("encounter",), "Encounter", False),
    ]
    assert [(one.source, one.iterate) for one in found.revincludes] == [("Provenance", True)]


def test_a_chain_without_a_type_takes_every_target_that_knows_the_parameter() -> None:
    (chain,) = query("subject.name=x").clauses
    assert isinstance(chain, Chain)
    assert [end.type for end in chain.ends] == ["Location", "Patient"]


def test_chains_may_be_long_but_end_somewhere() -> None:
    assert query("subject:Patient." + "link:Patient." * 30 + "name=x").clauses
    with pytest.raises(BadRequest, match="on and on"):
        query("subject:Patient." + "link:Patient." * 50 + "name=x")


def test_a_chain_over_too_many_kinds_of_resources_needs_types() -> None:
    with pytest.raises(TooCostly, match="needs a type"):
        query("focus.subject.general-practitioner.location.organization.partof.name=x&focus.focus.focus._id=x")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(BadRequest, match="Nonsense"):
        parse("Nonsense", [])


def test_common_parameters_work_on_all_types() -> None:
    assert query("_id=1&_lastUpdated=gt2020&_type=Patient,Observation", None).types == ("Patient", "Observation")
    with pytest.raises(NotSupported):
        query("code=1", None)


def test_parameters_without_a_value_are_ignored() -> None:
    asked = query("code=&date=2020&name=")
    assert (len(asked.clauses), asked.used) == (1, (("date", "2020"),))


def test_a_total_may_be_asked_for_under_the_name_that_fhirpy_uses() -> None:
    assert [query(f"_totalMethod={word}").total for word in ("count", "none")] == ["accurate", "none"]
    with pytest.raises(BadRequest, match="_totalMethod"):
        query("_totalMethod=exact")


def test_a_reference_below_our_own_address_is_a_relative_one() -> None:
    def parsed(text: str) -> Query:
        return parse("Observation", [("subject", text)], context=Context("https://us.example/fhir"))

    (clause,) = parsed("https://us.example/fhir/Patient/1").clauses
    assert clause == parsed("Patient/1").clauses[0]
    assert isinstance(clause, Bound)
    assert clause.filters == ({"k": {"$in": ["subject|Patient/1", "subject|https://us.example/fhir/Patient/1"]}},)
    assert parsed("https://them.example/fhir/Patient/1").clauses != parsed("Patient/1").clauses


def test_a_tree_names_its_needs_and_is_bound_to_them_later() -> None:
    parsed = parse_tree("Observation", [("code:in", "http://x/set"), ("_count", "3"), ("date", "2020")])
    assert [criterion.name for criterion in parsed.criteria] == ["code:in", "_count", "date"]
    assert parsed.needs == (Needs("ValueSet", "http://x/set"),)
    with pytest.raises(NotSupported, match="value sets are not known here"):
        bind(parsed)


def test_lenient_leaves_out_what_turns_out_to_be_unknown_when_it_is_bound() -> None:
    pairs = [("status", "final"), ("_filter", "code in http://x/set"), ("subject:Patient.language:in", "http://x/set")]
    found = bind(parse_tree("Observation", pairs[:2], lenient=True))
    assert found.used == (("status", "final"),)
    assert [issue.text for issue in found.warnings] == ["value sets are not known here; it was left out"]
    with pytest.raises(NotSupported):  # a modifier must not be left out
        bind(parse_tree("Observation", pairs[2:], lenient=True))


def test_what_is_within_comes_before_the_criteria_and_is_kept_apart() -> None:
    outer = of_types("Observation")
    found = parse("Observation", [("status", "final")], within=(outer,))
    assert found.within == (outer,)
    assert found.clauses[0] == outer and len(found.clauses) == 2


def test_on_several_types_a_parameter_means_what_it_means_on_each() -> None:
    [clause] = query("_type=Observation,Condition&code=s|a", None).clauses
    assert isinstance(clause, Or)
    parts = [part.clauses[0] for part in clause.clauses if isinstance(part, And)]
    assert parts == [of_types("Observation"), of_types("Condition")]
    [alone] = query("_type=Observation&code=s|a", None).clauses
    assert alone == Bound(({"k": "code|a|s"},), rank=4)


def test_text_alone_cannot_come_with_includes() -> None:
    with pytest.raises(BadRequest, match="_summary=text"):
        query("_summary=text&_include=Observation:subject")


def test_the_address_of_this_server_goes_with_the_query() -> None:
    assert parse("Patient", [], context=Context("https://us.example/fhir")).base == "https://us.example/fhir"
