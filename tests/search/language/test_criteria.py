"""One parameter of a query string becomes a clause of plain values."""

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.search.definitions.parameters import parameters
from gateway.search.language.criteria import parameter_named, parse_parameter, reverse_reference, targets_with
from gateway.search.tree.clauses import Chain, Clause, Comparison, End, Has, Not, Present, Words

OBSERVATION, PATIENT = parameters("Observation"), parameters("Patient")


def compared(written: str, *values: str, modifier: str | None = None, type_: str = "Patient") -> Comparison:
    name = written.partition(":")[0]
    return Comparison(written, parameters(type_)[name], values, modifier)


@pytest.mark.parametrize(
    ("written", "value", "clause"),
    [
        ("name", "x", compared("name", "x")),
        ("name", "x,y", compared("name", "x", "y")),
        ("name", "x,y,x", compared("name", "x", "y")),
        ("name", "x\\,y", compared("name", "x\\,y")),
        ("name:exact", "x", compared("name:exact", "x", modifier="exact")),
        ("birthdate", "ge2000", compared("birthdate", "ge2000")),
        ("gender:not", "male", Not(compared("gender:not", "male"))),
        ("language:not-in", "s", Not(compared("language:not-in", "s", modifier="in"))),
        ("language:in", "s", compared("language:in", "s", modifier="in")),
        ("name:missing", "false", Present(PATIENT["name"])),
        ("name:missing", "true", Not(Present(PATIENT["name"]))),
        ("organization:identifier", "a", compared("organization:identifier", "a", modifier="identifier")),
        ("organization:above", "1", compared("organization:above", "1", modifier="above")),
    ],
)
def test_a_parameter_is_a_comparison_with_its_values_as_written(written: str, value: str, clause: Clause) -> None:
    assert parse_parameter("Patient", written, value) == clause


def test_a_text_is_for_the_text_index() -> None:
    assert parse_parameter("Patient", "_text", "bone") == Words({"w": "text|bone"})
    assert parse_parameter("Observation", "code:text", "Blood") == Words(
        {"$or": [{"w": {"$regex": r"^code:text\|blood"}}]}
    )


def test_a_chain_has_an_end_for_each_type_that_knows_the_parameter() -> None:
    chain = parse_parameter("Observation", "subject.name", "x")
    assert chain == Chain(
        ("subject",),
        (
            End("Location", compared("name", "x", type_="Location")),
            End("Patient", compared("name", "x")),
        ),
        single=True,
        rank=2,
    )


def test_the_type_of_a_chain_may_be_said() -> None:
    chain = parse_parameter("Observation", "subject:Patient.name:exact", "x")
    end = End("Patient", compared("name:exact", "x", modifier="exact"))
    assert chain == Chain(("subject",), (end,), single=True, rank=2)


def test_a_reference_that_repeats_is_not_single() -> None:
    chain = parse_parameter("Observation", "performer:Practitioner.name", "x")
    assert isinstance(chain, Chain) and not chain.single


def test_a_canonical_chain_goes_by_address() -> None:
    chain = parse_parameter("QuestionnaireResponse", "questionnaire.title", "x")
    assert isinstance(chain, Chain) and chain.canonical


def test_a_chain_may_lead_on() -> None:
    chain = parse_parameter("Observation", "patient.organization.name", "x")
    assert isinstance(chain, Chain)
    [end] = chain.ends
    assert isinstance(end.clause, Chain)
    assert [inner.type for inner in end.clause.ends] == ["Organization"]


def test_a_type_on_which_the_rest_makes_no_sense_is_left_out() -> None:
    """Encounter's `subject` may be a Group, which has no `name`."""
    chain = parse_parameter("Encounter", "subject.name", "x")
    assert isinstance(chain, Chain)
    assert [end.type for end in chain.ends] == ["Patient"]


def test_has_is_a_criterion_on_those_that_point_here() -> None:
    code = compared("code", "1-2", type_="Observation")
    assert parse_parameter("Patient", "_has:Observation:patient:code", "1-2") == Has(
        ("subject",), End("Observation", code)
    )


def test_has_may_be_nested() -> None:
    has = parse_parameter("Patient", "_has:Observation:patient:_has:Provenance:target:agent", "1")
    assert isinstance(has, Has) and isinstance(has.end.clause, Has)
    assert has.end.clause.end.type == "Provenance"


def test_a_list_points_to_its_items() -> None:
    has = parse_parameter("Patient", "_list", "42")
    assert has == Has(("item",), End("List", Comparison("_id", parameters("List")["_id"], ("42",))))


@pytest.mark.parametrize(
    ("type_", "written", "value", "message"),
    [
        ("Patient", "nonsense", "1", "'nonsense' is not known for Patient"),
        (None, "name", "1", "'name' is not known for searches on all types"),
        ("Patient", "_query", "1", "no named queries"),
        ("Patient", "birthdate:exact", "2000", "'birthdate' does not support the modifier ':exact'"),
        ("Patient", "_text:exact", "x", "'_text' does not support the modifier ':exact'"),
        ("Patient", "name.family", "x", "'name' is no reference: '.family' leads nowhere"),
        ("Patient", "organization:Patient.name", "x", "'organization' does not refer to 'Patient'"),
        ("Patient", "organization.birthdate", "x", "'organization' refers to nothing that knows 'birthdate'"),
        ("Patient", "_list", "$current", "the list '\\$current' is not kept here"),
        (None, "_has:Observation:patient:code", "x", "cannot be used on all types"),
    ],
)
def test_what_is_not_offered_is_refused(type_: str | None, written: str, value: str, message: str) -> None:
    with pytest.raises(NotSupported, match=message):
        parse_parameter(type_, written, value)


@pytest.mark.parametrize(
    ("written", "value", "message"),
    [
        ("name", "", "'name' has no value"),
        ("name", "a,,b", "'name' has an empty value between its commas"),
        ("name", ",", "empty value"),
        ("name:missing", "yes", "'name:missing' is true or false, not 'yes'"),
        ("_has:Observation", "x", "is not of the form _has:Type:reference:parameter"),
        ("_has:Obs:patient:code", "x", "is not of the form"),
        ("_has:Observation:code:status", "x", "'code' of Observation does not refer to Patient"),
        ("link:Patient." * 41 + "name", "x", "leads on and on"),
    ],
)
def test_what_is_wrong_is_refused(written: str, value: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message) as refused:
        parse_parameter("Patient", written, value)
    assert type(refused.value) is BadRequest


def test_values_are_not_read_yet() -> None:
    assert parse_parameter("Patient", "birthdate", "nonsense") == compared("birthdate", "nonsense")


def test_the_targets_of_a_chain_know_the_parameter() -> None:
    assert targets_with(OBSERVATION["subject"], "", "birthdate") == ["Patient"]
    assert targets_with(OBSERVATION["subject"], "Group", "code") == ["Group"]
    assert targets_with(OBSERVATION["patient"], "", "_has") == ["Patient"]


def test_a_reverse_reference_is_taken_apart() -> None:
    source, reference, rest = reverse_reference("Patient", "_has:Observation:patient:code:in")
    assert (source, reference.name, rest) == ("Observation", "patient", "code:in")


def test_a_parameter_is_found_by_its_name() -> None:
    assert parameter_named("Patient", "name") is PATIENT["name"]
    assert parameter_named(None, "_id").name == "_id"
