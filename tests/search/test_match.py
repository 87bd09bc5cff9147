"""What the index fields of a resource tell of a query, without a database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import Query, parse
from gateway.search.tree.clauses import And, Bound, Clause, Not, Or

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "identifier": [{"system": "http://a.example", "value": "A 1"}],
    "name": [{"family": "Müller", "given": ["Eva"]}],
    "birthDate": "1950-02-03",
    "gender": "female",
    "generalPractitioner": [{"reference": "Practitioner/7"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "valueQuantity": {"value": 120, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}


TRUE, FALSE, UNKNOWN = Bound(({"k": "a"},)), Bound(({"k": "z"},)), Bound(({"u": 1},))


def told(resource: dict[str, Any], query: str) -> bool | None:
    type_ = resource["resourceType"]
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
    fields = {"c": [], "n": [], **index(resource), "_id": f"{type_}/{resource['id']}", "t": type_}
    return matches(parse(type_, pairs), fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        (PATIENT, "identifier=http://a.example|A 1"),
        (PATIENT, "identifier=nobody,A 1"),
        (PATIENT, "identifier=http://a.example|"),
        (PATIENT, "name=muller&gender=female"),
        (PATIENT, "family:exact=Müller"),
        (PATIENT, "family:contains=lle"),
        (PATIENT, "birthdate=1950-02"),
        (PATIENT, "birthdate=ge1950-02-03"),
        (PATIENT, "general-practitioner=Practitioner/7"),
        (PATIENT, "gender:not=male"),
        (PATIENT, "telecom:missing=true"),
        (PATIENT, "_id=p"),
        (PATIENT, "_filter=gender eq female and birthdate lt 1960"),
        (OBSERVATION, "value-quantity=gt119|http://unitsofmeasure.org|mm[Hg]"),
        (OBSERVATION, "code-value-quantity=http://loinc.org|8480-6$lt121"),
    ],
)
def test_what_holds_is_told(resource: dict[str, Any], query: str) -> None:
    assert told(resource, query) is True


@pytest.mark.parametrize(
    ("resource", "query"),
    [
        (PATIENT, "identifier=http://a.example|A+1"),
        (PATIENT, "identifier=http://b.example|"),
        (PATIENT, "name=muller&gender=male"),
        (PATIENT, "family:exact=Muller"),
        (PATIENT, "birthdate=1950-03"),
        (PATIENT, "birthdate=gt1950-02-03"),
        (PATIENT, "general-practitioner=Practitioner/8"),
        (PATIENT, "gender:not=female"),
        (PATIENT, "birthdate:missing=true"),
        (PATIENT, "_id=q"),
        (PATIENT, "_filter=gender eq male or birthdate gt 1960"),
        (OBSERVATION, "value-quantity=gt120|http://unitsofmeasure.org|mm[Hg]"),
        (OBSERVATION, "code-value-quantity=http://loinc.org|8480-6$gt121"),
        (PATIENT, "general-practitioner.name=x&gender=male"),
    ],
)
def test_what_does_not_hold_is_told(resource: dict[str, Any], query: str) -> None:
    assert told(resource, query) is False


@pytest.mark.parametrize(
    "query",
    [
        "general-practitioner.name=x",
        "_has:Observation:patient:code=x",
        "_lastUpdated=gt2020-01-01",
        "_content=Eva",
        "_list=42",
        "general-practitioner.name=x&gender=female",
    ],
)
def test_what_is_elsewhere_is_not_told(query: str) -> None:
    assert told(PATIENT, query) is None


def test_a_field_that_is_not_at_hand_tells_nothing() -> None:
    assert matches(parse("Patient", [("birthdate", "1950")]), {"k": []}) is None
    assert matches(parse("Patient", [("gender", "male"), ("birthdate", "1950")]), {"k": []}) is False


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"k": "a"}, True),
        ({"k": "z"}, False),
        ({"k": {"$in": ["z", "b"]}}, True),
        ({"k": {"$nin": ["z", "b"]}}, False),
        ({"k": {"$ne": "z"}}, True),
        ({"k": {"$ne": "a"}}, False),
        ({"k": {"$regex": "^b"}}, True),
        ({"k": {"$regex": "^b", "$options": "i"}}, None),
        ({"k": {"$regex": "(?<"}}, None),
        ({"k": {"$elemMatch": {"$gte": "b", "$lt": "c"}}}, True),
        ({"k": {"$elemMatch": {"$gt": "b", "$lt": "c"}}}, False),
        ({"k": {"$not": {"$in": ["a"]}}}, False),
        ({"k": {"$size": 2}}, None),
        ({"d": {"$elemMatch": {"p": "x", "lo": {"$gte": 1}}}}, True),
        ({"d": {"$elemMatch": {"p": "x", "other": 1}}}, False),
        ({"d": {"$elemMatch": {"p": "x", "lo": {"$gte": "text"}}}}, False),
        ({"at": {"$lte": 5, "$gte": 5}}, True),
        ({"at": {"$gt": 5}}, False),
        ({"unknown": 1}, None),
        ({"$and": [{"k": "a"}, {"unknown": 1}]}, None),
        ({"$and": [{"k": "z"}, {"unknown": 1}]}, False),
        ({"$or": [{"k": "a"}, {"unknown": 1}]}, True),
        ({"$or": [{"k": "z"}, {"unknown": 1}]}, None),
        ({"$nor": [{"k": "z"}]}, True),
        ({"$nor": [{"k": "z"}, {"unknown": 1}]}, None),
    ],
)
def test_a_filter_is_judged_as_mongodb_does(filter_: dict[str, Any], expected: bool | None) -> None:
    fields = {"k": ["a", "b"], "d": [{"p": "x", "lo": 1}], "at": 5}
    assert matches(Query("Patient", clauses=(Bound((filter_,)),)), fields) is expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (And(()), True),
        (Or(()), False),
        (And((TRUE, UNKNOWN)), None),
        (And((FALSE, UNKNOWN)), False),
        (Or((TRUE, UNKNOWN)), True),
        (Or((FALSE, UNKNOWN)), None),
        (Not(UNKNOWN), None),
        (Not(FALSE), True),
    ],
)
def test_what_is_unknown_stays_unknown_where_it_matters(clause: Clause, expected: bool | None) -> None:
    assert matches(Query("Patient", clauses=(clause,)), {"k": ["a"]}) is expected


FAMILIES = ["Müller", "muller", "Mu", "O'Neil", "de la Cruz"]
DAYS = ["2020", "2020-02", "2020-02-29", "2020-03-01"]


@given(
    family=st.sampled_from(FAMILIES),
    gender=st.sampled_from(["male", "female", None]),
    born=st.sampled_from([*DAYS, None]),
    name=st.sampled_from(["family", "family:exact", "gender", "gender:not", "birthdate", "gender:missing"]),
    value=st.sampled_from([*FAMILIES, *DAYS, "male", "female", "true", "false"]),
)
def test_index_and_match_agree_with_the_specification(
    family: str, gender: str | None, born: str | None, name: str, value: str
) -> None:
    kind = {"family": FAMILIES, "gender": ["male", "female"], "birthdate": DAYS}[name.partition(":")[0]]
    if value not in (["true", "false"] if name.endswith(":missing") else kind):
        return
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": family}], "gender": gender, "birthDate": born}
    patient = {key: content for key, content in patient.items() if content is not None}
    folded = {text: text.lower().replace("ü", "u").replace("'", "") for text in FAMILIES}
    expected = {
        "family": lambda: any(
            part.startswith(folded[value])
            for part in (folded[family], *(folded[family].split(" ", n)[-1] for n in range(1, 3)))
        ),
        "family:exact": lambda: family == value,
        "gender": lambda: gender == value,
        "gender:not": lambda: gender != value,
        "birthdate": lambda: born is not None and born.startswith(value),
        "gender:missing": lambda: (gender is None) == (value == "true"),
    }[name]()
    assert told(patient, f"{name}={value}") is expected
