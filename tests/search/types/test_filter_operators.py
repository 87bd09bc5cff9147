"""The operators of `_filter` on each type: https://hl7.org/fhir/R4/search_filter.html#ops"""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter, parameters
from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import Query, parse
from gateway.search.tree.clauses import Bound
from gateway.search.types import string
from gateway.search.types.filter_operators import operator_on

TITLE = Parameter("title", "string", "", stored=("title",))
LAST = "\U0010ffff"


def where(parameter: Parameter, operator: str, value: str) -> dict[str, Any]:
    compare = operator_on(parameter, operator)
    assert compare is not None
    return compare(parameter.name, parameter, value, NO_CONTEXT)


OFFERED = {
    "string": "eq ne co sw ew gt ge lt le",
    "token": "eq ne ss sb in",
    "reference": "eq ne re",
    "uri": "eq ne re co sw ew",
    "number": "eq ne gt lt ge le ap sa eb co",
    "quantity": "eq ne gt lt ge le ap sa eb",
    "date": "eq ne gt lt ge le ap sa eb co po",
    "updated": "eq ne gt lt ge le ap sa eb co po",
    "identity": "eq ne",
    "phonetic": "eq co",
    "special": "eq",
    "composite": "eq ne",
    "words": "",
}
ALL = ["eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "po", "ss", "sb", "in", "ni", "re"]


@pytest.mark.parametrize("type_", sorted(OFFERED))
def test_the_operators_of_a_type_are_those_of_the_page(type_: str) -> None:
    parameter = Parameter("x", type_, "")
    assert {operator for operator in ALL if operator_on(parameter, operator)} == {*OFFERED[type_].split()}


TEXTS = st.text(alphabet="ab ", min_size=1, max_size=3).filter(str.strip).map(lambda text: " ".join(text.split()))
MEANINGS: dict[str, Any] = {
    "eq": lambda stored, asked: stored == asked,
    "ne": lambda stored, asked: stored != asked,
    "co": lambda stored, asked: asked in stored,
    "sw": lambda stored, asked: stored.startswith(asked),
    "ew": lambda stored, asked: stored.endswith(asked),
    "gt": lambda stored, asked: stored > asked,
    "ge": lambda stored, asked: stored >= asked,
    "lt": lambda stored, asked: stored < asked,
    "le": lambda stored, asked: stored <= asked,
}


@given(st.sampled_from(sorted(MEANINGS)), st.lists(TEXTS, max_size=2), TEXTS)
def test_a_text_is_compared_as_texts_are(operator: str, stored: list[str], asked: str) -> None:
    tokens = [token for text in stored for token in string.index("title", "string", text)]
    clause = Bound((where(TITLE, operator, asked),))
    found = matches(Query("Patient", clauses=(clause,)), {"k": tokens})
    assert found is any(MEANINGS[operator](text, asked) for text in stored)


@pytest.mark.parametrize("operator", ["eq", "co", "gt"])
def test_a_text_is_not_compared_with_nothing(operator: str) -> None:
    with pytest.raises(BadRequest, match="'title' is compared with no text"):
        where(TITLE, operator, " ")


CODE = parameters("Observation")["code"]


def test_a_code_is_equal_in_any_case() -> None:
    codes = where(CODE, "eq", "http://x|aB")["$or"]
    assert codes == [{"k": f"code|{spelling}|http://x"} for spelling in ("aB", "ab", "AB", "Ab")]
    assert where(CODE, "eq", "loinc|1-2") == {"k": "code|1-2|http://loinc.org"}


def test_a_code_is_unequal_beside_all_its_spellings() -> None:
    assert where(CODE, "ne", "http://x|a") == {
        "k": {"$elemMatch": {"$gt": "code|", "$lt": f"code|{LAST}", "$nin": ["code|a|http://x", "code|A|http://x"]}}
    }
    pattern = where(CODE, "ne", "1")["k"]["$elemMatch"]["$regex"]
    assert re.match(pattern, "code|2|s") and not re.match(pattern, "code|1|s")


def test_a_reference_is_unequal_beside_the_same_one() -> None:
    subject = parameters("Observation")["subject"]
    assert where(subject, "ne", "Patient/1") == {
        "k": {"$elemMatch": {"$gt": "subject|", "$lt": f"subject|{LAST}", "$ne": "subject|Patient/1"}}
    }


@pytest.mark.parametrize("operator", ["co", "po"])
def test_periods_hold_or_overlap_each_other(operator: str) -> None:
    date = parameters("Encounter")["date"]
    inner = where(date, operator, "2024-01-01")["d"]["$elemMatch"]
    start = 1_704_067_200_000_000
    end = start + 86_400_000_000 - 1
    bounds = {"co": {"lo": {"$lte": start}, "hi": {"$gte": end}}, "po": {"lo": {"$lte": end}, "hi": {"$gte": start}}}
    assert inner == {"p": "date", **bounds[operator]}


def test_another_id_is_any_but_this() -> None:
    assert where(parameters("Patient")["_id"], "ne", "a") == {"$nor": [{"_id": "Patient/a"}]}


def test_another_combination_is_one_that_is_there() -> None:
    filter_ = where(parameters("Observation")["component-code-value-quantity"], "ne", "loinc|1$5")
    present, negated = filter_["$and"]
    assert present == {"c": {"$elemMatch": {"p": "component-code-value-quantity"}}}
    assert "$nor" in negated


PERSON = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Abel", "given": ["Eva", "Ida"]}],
    "gender": "female",
    "birthDate": "1950-02-03",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("given eq eva", True),
        ("given ne eva", True),  # Ida is unequal
        ("family ne abel", False),
        ("family ew el", True),
        ("family co be", True),
        ("family gt aaron", True),
        ("gender eq FEMALE", True),
        ("gender ne female", False),
        ("birthdate po 1950", True),
        ("birthdate eb 1951", True),
        ("birthdate sa 1950", False),
        ("id eq p", True),
        ("id ne p", False),
    ],
)
def test_an_operator_judges_a_resource(text: str, expected: bool) -> None:
    fields = {"c": [], "n": [], **index(PERSON), "_id": "Patient/p", "t": "Patient"}
    assert matches(parse("Patient", [("_filter", text)]), fields) is expected
