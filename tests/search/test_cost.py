"""What the criteria of a search cost, and that what is too much is refused by its name before it is taken apart."""

import time

import pytest

from gateway import budget
from gateway.budget import Budget, Limits
from gateway.errors import TooCostly
from gateway.search.query import parse

LIMITS = Limits(values=1_000)


def spent(type_: str, name: str, value: str) -> int:
    with budget.use(Budget(LIMITS)) as own:
        parse(type_, [(name, value)])
    return LIMITS.values - own.values_left


@pytest.mark.parametrize(
    ("type_", "name", "one", "cost"),
    [
        ("Patient", "_id", "a{}", 1),
        ("Patient", "identifier", "http://a.example|{}", 1),
        ("Observation", "subject", "Patient/{}", 1),
        ("Patient", "given", "n{}", 21),
        ("Patient", "birthdate", "20{:02}", 21),
        ("Patient", "name:contains", "n{}", 201),
        ("Observation", "value-quantity", "{}", 21),
        ("Patient", "_lastUpdated", "20{:02}", 51),
    ],
)
def test_a_value_costs_what_it_takes_and_each_counts_once(type_: str, name: str, one: str, cost: int) -> None:
    values = [one.format(number) for number in range(1, 4)]
    assert spent(type_, name, ",".join(values)) == 3 * cost
    assert spent(type_, name, ",".join([values[0]] * 3)) == 3 + cost - 1  # read three times, searched once


@pytest.mark.parametrize(
    ("type_", "name", "value"),
    [
        ("Patient", "given", ",".join(f"n{n}" for n in range(100))),
        ("Patient", "_id", ",".join(f"n{n}" for n in range(1_001))),
        ("Patient", "birthdate", ",".join(f"{n}" for n in range(1900, 2000))),
        ("Observation", "subject:Patient.name", ",".join(f"n{n}" for n in range(100))),
        ("Patient", "_has:Observation:patient:code", ",".join(f"n{n}" for n in range(100))),
        ("Patient", "_elements", "," * 2_000),
        ("Patient", "_sort", "," * 2_000),
        ("Location", "partof:below", ",".join(f"n{n}" for n in range(200))),
        ("Observation", "code:text", ",".join(f"n{n}" for n in range(100))),
    ],
)
def test_too_many_values_are_refused_by_the_name_of_the_parameter(type_: str, name: str, value: str) -> None:
    with budget.use(Budget(LIMITS)), pytest.raises(TooCostly, match=r"1,000 values") as refused:
        parse(type_, [(name, value)])
    assert name.rpartition(".")[2].rpartition(":")[2] in refused.value.text


def test_many_comparisons_of_a_filter_are_refused() -> None:
    with budget.use(Budget(LIMITS)), pytest.raises(TooCostly, match="_filter"):
        parse("Patient", [("_filter", " or ".join(f"given co n{n}" for n in range(50)))])


def test_parameters_share_what_a_request_may_hold() -> None:
    with budget.use(Budget(LIMITS)), pytest.raises(TooCostly):
        parse("Patient", [("given", f"n{n}") for n in range(100)])


def test_a_million_values_are_refused_without_taking_them_apart() -> None:
    value = ",".join(f"name{n}" for n in range(1_000_000))
    began = time.process_time()
    with budget.use(Budget(Limits())), pytest.raises(TooCostly, match=r"'name'.*20,000 values"):
        parse("Patient", [("name", value)])
    assert time.process_time() - began < 0.1


def test_nothing_is_limited_outside_a_request() -> None:
    assert len(parse("Patient", [("_id", ",".join(f"n{n}" for n in range(30_000)))]).clauses[0].filters) == 30_000
