"""What `make bench-search` asks, and of whom, stays possible."""

import random

import pytest

from benchmarks import beside
from benchmarks.search import load, mix, population
from gateway.fhir.validate import validate
from gateway.search.compile.plan import plan_search
from gateway.search.query import parse


def test_the_population_is_valid_and_the_same_each_time() -> None:
    some = [resource for number in range(5) for resource, _ in population.resources(number)]
    assert [finding for resource in some for finding in validate(resource)] == []
    assert {one["resourceType"] for one in some} == {"Patient", "Encounter", "Condition", "Observation"}
    assert some == [resource for number in range(5) for resource, _ in population.resources(number)]


def test_its_documents_are_those_of_the_store() -> None:
    document, _ = next(load.documents(range(1)))
    assert {"_id", "t", "i", "v", "u", "x", "o", "b", "k", "d", "q", "at"} <= set(document)


@pytest.mark.parametrize("kind", mix.KINDS)
def test_each_question_is_one(kind: str) -> None:
    type_, pairs = mix.question(kind, mix.Sample(random.Random(1), 10))
    assert plan_search(parse(type_, pairs)).query.count == 20


def test_a_case_is_slower_if_it_is_so_in_most_rounds() -> None:
    rounds = [
        ({"a": 100.0, "b": 50.0, "gone": 1.0}, {"a": after, "b": 50.0, "new": 1.0}) for after in (80.0, 90.0, 99.0)
    ]
    slow, same = beside.compare(rounds)
    assert (slow.name, slow.before, slow.after, slow.quotients) == ("a", 100.0, 90.0, (0.8, 0.9, 0.99))
    assert slow.quotient == 0.9 and slow.is_slower
    assert same.quotient == 1.0 and not same.is_slower
    (noisy,) = beside.compare([({"a": 100.0}, {"a": after}) for after in (70.0, 96.0, 120.0)])
    assert not noisy.is_slower
