"""MongoDB's answer to a random search is what reading the specification naively in Python gives."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import parse
from gateway.store import Store
from gateway.store.layout.records import Write
from tests.store.oracle import PREFIXES, UCUM, expected
from tests.store.searching import NoMappings

LOINC, LOCAL = "http://loinc.org", "http://example.org/a|b"
DATES = ["2019", "2020", "2020-02", "2020-03", "2020-02-28", "2020-02-29", "2020-03-01", "2020-02-29T12:30:00Z"]
DATES += ["2020-02-29T23:59:59.999Z", "2020-03-01T00:30:00+01:00", "2020-02-29T12:30:15+05:30"]
NUMBERS = ["-5", "0", "5", "5.0", "5.35", "5.4", "5.40", "5.45", "5400", "1e2", "100", "95", "104.99", "105"]
WORDS = [
    "Müller",
    "MULLER",
    "mu",
    "Muller-Lüdenscheidt",
    "de la Cruz",
    "山田",
    "がか",
    "か",
    "a|b",
    "a",
    "O'Neil (x).*",
    "ß",
]

codings = st.fixed_dictionaries(
    {"code": st.sampled_from(["a", "ab", "a|b", "A", "x,y", "$", "a\\"])},
    optional={"system": st.sampled_from([LOINC, LOCAL])},
)
quantities = st.fixed_dictionaries(
    {"value": st.sampled_from(NUMBERS).map(Decimal)},
    optional={
        "code": st.sampled_from(["g", "mg", "ug", "blob"]),
        "system": st.sampled_from([UCUM, LOCAL]),
        "comparator": st.sampled_from(["<", ">="]),
    },
)
dates = st.sampled_from(DATES)
observations = st.fixed_dictionaries(
    {"resourceType": st.just("Observation"), "status": st.sampled_from(["final", "amended"])},
    optional={
        "code": st.fixed_dictionaries({"coding": st.lists(codings, min_size=1, max_size=3)}),
        "effectiveDateTime": dates,
        "valueQuantity": quantities,
        "component": st.lists(st.fixed_dictionaries({"valueQuantity": quantities}), min_size=1, max_size=2),
        "subject": st.sampled_from(["Patient/1", "Patient/12", "Group/1", "http://other/Patient/1"]).map(
            lambda text: {"reference": text}
        ),
    },
)
periods = st.one_of(
    st.fixed_dictionaries({}, optional={"start": dates}),
    st.fixed_dictionaries({"end": dates}),
    st.sampled_from([{"start": "2019", "end": "2020-02"}, {"start": "2020-02-29T12:30:00Z", "end": "2020-03-01"}]),
)
names = st.fixed_dictionaries(
    {}, optional={"family": st.sampled_from(WORDS), "given": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2)}
)
encounters = st.fixed_dictionaries({"resourceType": st.just("Encounter")}, optional={"period": periods})
patients = st.fixed_dictionaries({"resourceType": st.just("Patient")}, optional={"name": st.lists(names, max_size=2)})


def escape(text: str) -> str:
    for character in "\\,|$":
        text = text.replace(character, "\\" + character)
    return text


token_searches = st.tuples(
    st.sampled_from(["code", "code:not"]),
    st.one_of(
        codings.map(lambda c: escape(c["code"])),
        codings.map(lambda c: f"{escape(c.get('system', ''))}|{escape(c['code'])}"),
        st.sampled_from([LOINC, LOCAL]).map(lambda system: f"{escape(system)}|"),
    ),
)
quantity_searches = st.tuples(
    st.sampled_from(["value-quantity", "combo-value-quantity"]),
    st.tuples(
        st.sampled_from(PREFIXES),
        st.sampled_from(NUMBERS),
        st.sampled_from(["", "", f"|{UCUM}|mg", f"|{UCUM}|g", "||mg", "||blob", f"|{escape(LOCAL)}|mg"]),
    ).map("".join),
)
date_values = st.tuples(st.sampled_from(PREFIXES), dates).map("".join)
reference_searches = st.tuples(
    st.sampled_from(["subject", "patient", "subject:Patient", "subject:Group"]),
    st.sampled_from(["1", "12", "Patient/1", "Group/1", "http://other/Patient/1"]),
)
missing_searches = st.tuples(
    st.sampled_from(["code", "date", "value-quantity", "subject", "patient"]).map(lambda name: f"{name}:missing"),
    st.sampled_from(["true", "false"]),
)
observation_searches = st.one_of(
    token_searches,
    quantity_searches,
    st.tuples(st.just("date"), date_values),
    reference_searches,
    missing_searches,
)
patient_searches = st.tuples(
    st.sampled_from(["name", "family", "given", "name:exact", "family:contains"]), st.sampled_from(WORDS).map(escape)
)
encounter_searches = st.tuples(st.just("date"), date_values)


@pytest.fixture(scope="module")
async def some_store(mongo: str) -> AsyncIterator[Store]:
    async with await Store.open(mongo, "search_oracle", NoMappings()) as opened:
        yield opened
        await opened.drop()


def a_search(resources: Any, searches: Any) -> Any:
    pairs = st.lists(searches, min_size=1, max_size=2)
    return st.tuples(st.lists(resources, min_size=5, max_size=25), st.lists(pairs, min_size=5, max_size=15))


CASES = st.one_of(
    a_search(observations, observation_searches),
    a_search(patients, patient_searches),
    a_search(encounters, encounter_searches),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=CASES)
async def test_a_search_finds_exactly_what_the_specification_says(case: Any, some_store: Store) -> None:
    resources, searches = case
    database = some_store.database
    await database.resources.delete_many({})
    type_ = resources[0]["resourceType"]
    await some_store.commit(
        *(Write(type_, f"r{number}", {**one, "id": f"r{number}"}, "api") for number, one in enumerate(resources))
    )
    for pairs in searches:
        page = await some_store.resources.search(parse(type_, [*pairs, ("_count", "100")]))
        wanted = {
            f"r{n}" for n, one in enumerate(resources) if all(expected(one, name, value) for name, value in pairs)
        }
        assert {stored.id for stored in page.entries} == wanted, pairs
        for number, one in enumerate(resources):
            fields = {"c": [], "n": [], **index(one), "_id": f"{type_}/r{number}", "t": type_}
            assert matches(parse(type_, pairs), fields) in (f"r{number}" in wanted, None), pairs
