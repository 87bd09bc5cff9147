"""The parameters that shape the answer: https://hl7.org/fhir/R4/search.html#modifyingresults"""

from typing import Any

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.search.language.controls import Controls, Include, types_of


def taken(*pairs: tuple[str, str], type_: str | None = "Observation", types: tuple[str, ...] = ()) -> dict[str, Any]:
    controls = Controls(type_, types)
    assert all(controls.take(name, value) for name, value in pairs)
    return controls.values


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("_count", "7", {"count": 7}),
        ("_count", "0", {"count": 0}),
        ("_count", "999999999", {"count": 1000}),
        ("_total", "accurate", {"total": "accurate"}),
        ("_totalMethod", "count", {"total": "accurate"}),
        ("_totalMethod", "countEstimate", {"total": "estimate"}),
        ("_summary", "data", {"summary": "data"}),
        ("_elements", " code, status,,", {"elements": ("code", "status")}),
        ("_contained", "both", {"contained": "both"}),
        ("_containedType", "contained", {"contained_type": "contained"}),
        ("_page", "p", {"page": "p"}),
        ("_format", "xml", {}),
        ("_pretty", "true", {}),
    ],
)
def test_a_control_sets_a_field_of_the_query(name: str, value: str, expected: dict[str, Any]) -> None:
    assert taken((name, value)) == expected


@pytest.mark.parametrize("name", ["code", "_id", "_filter", "_text", "sort", "_Sort"])
def test_another_parameter_is_no_control(name: str) -> None:
    assert Controls("Observation").take(name, "x") is False


@pytest.mark.parametrize(
    ("value", "include"),
    [
        ("Observation:subject", Include("Observation", ("subject",))),
        ("Observation:subject:Group", Include("Observation", ("subject",), "Group")),
        ("Observation:patient", Include("Observation", ("subject",), "Patient")),
        (
            "QuestionnaireResponse:questionnaire",
            Include("QuestionnaireResponse", ("questionnaire",), None, False, True),
        ),
        ("*", Include(None)),
    ],
)
def test_an_include_names_references(value: str, include: Include) -> None:
    assert taken(("_include", value)) == {"includes": (include,)}
    assert taken(("_revinclude", value)) == {"revincludes": (include,)}


def test_iterate_goes_on_from_what_was_included() -> None:
    assert taken(("_include:iterate", "Observation:subject"))["includes"][0].iterate


def test_includes_of_all_references_of_a_type_are_many() -> None:
    includes = taken(("_include", "Encounter:*"))["includes"]
    assert ("subject",) in [include.names for include in includes]
    assert all(include.source == "Encounter" for include in includes)


def test_what_may_repeat_adds_up_and_the_last_of_the_others_counts() -> None:
    values = taken(
        ("_sort", "date"), ("_sort", "-_id"), ("_count", "1"), ("_count", "2"), ("_include", "Observation:subject")
    )
    assert [(by.parameter.name, by.descending) for by in values["sort"]] == [("date", False), ("_id", True)]
    assert values["count"] == 2


def test_several_types_are_sorted_by_what_they_store_alike() -> None:
    [by] = taken(("_sort", "-_lastUpdated"), type_=None, types=("Patient", "Observation"))["sort"]
    assert (by.parameter.name, by.descending) == ("_lastUpdated", True)
    [by] = taken(("_sort", "name"), type_=None, types=("Patient", "Person"))["sort"]
    assert by.parameter.name == "name"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("_count", "-1", "'-1' is not a number of entries"),
        ("_count", "²", "is not a number of entries"),
        ("_count", "1.5", "is not a number of entries"),
        ("_total", "some", "'some' is not one of none, estimate, accurate"),
        ("_summary", "all", "not one of true, false, text, data, count"),
        ("_contained", "yes", "not one of false, true, both"),
        ("_include", "subject", "not of the form Type:parameter"),
        ("_include", "Observation:", "not of the form"),
        ("_include", "Nobody:subject", "not of the form"),
        ("_include", "Observation:subject:Nobody", "not of the form"),
        ("_sort", ",".join(["date"] * 9), "'_sort' is asked for more than 8 times"),
        ("_elements", ",".join(["id"] * 257), "more than 256 times"),
    ],
)
def test_what_is_wrong_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message) as refused:
        taken((name, value))
    assert type(refused.value) is BadRequest


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("_sort:x", "date", "'_sort' does not support the modifier ':x'"),
        ("_count:iterate", "1", "does not support the modifier ':iterate'"),
        ("_include:recurse", "Observation:subject", "does not support the modifier ':recurse'"),
        ("_sort", "nonsense", "'nonsense' cannot be sorted by"),
        ("_sort", "code-value-quantity", "cannot be sorted by"),
        ("_sort", "_text", "cannot be sorted by"),
        ("_include", "Observation:code", "Observation has no reference parameter 'code'"),
        ("_include", "Observation:nonsense", "no reference parameter 'nonsense'"),
    ],
)
def test_what_is_not_offered_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(NotSupported, match=message):
        taken((name, value))


def test_types_that_store_a_parameter_differently_cannot_be_sorted_by_it() -> None:
    with pytest.raises(NotSupported, match="'date' cannot be sorted by"):
        taken(("_sort", "date"), type_=None, types=("Patient", "Observation"))


def test_the_types_of_a_search_are_those_of_all_type_parameters() -> None:
    pairs = [("_type", "Patient, Observation"), ("name", "x"), ("_type", "Patient"), ("_type", "")]
    assert types_of(None, pairs) == ("Patient", "Observation")
    assert types_of("Patient", [("_type", "Patient")]) == ()


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (None, "Nonsense", "'Nonsense' is not an R4 resource type"),
        (None, "Patient,", "'' is not an R4 resource type"),
        ("Patient", "Observation", "this one is on Patient"),
        ("Patient", "Patient,Observation", "this one is on Patient"),
    ],
)
def test_a_wrong_type_is_refused(type_: str | None, value: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        types_of(type_, [("_type", value)])
