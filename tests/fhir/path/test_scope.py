from collections.abc import Iterator

import pytest

from gateway import budget
from gateway.fhir.path import scope as module
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Node, integer, string

ROOT: Node = ("Patient", {"resourceType": "Patient", "id": "1"}, None)


def test_the_input_is_this_and_the_root() -> None:
    scope = Scope(ROOT)
    assert scope.this == [ROOT] and scope.root is ROOT and scope.container is ROOT[1]
    assert scope.index is None and scope.total == [] and not scope.variables


def test_the_container_is_the_root_resource_of_the_caller() -> None:
    scope = Scope(ROOT)
    bundle = {"resourceType": "Bundle"}
    scope.variables = {"rootResource": [("Bundle", bundle, None)], "resource": [("Patient", {}, None)]}
    assert scope.container is bundle


def test_a_table_of_the_container_is_made_once() -> None:
    scope, made = Scope(ROOT), []

    def table(container: object) -> int:
        made.append(container)
        return len(made)

    assert scope.table(table) == scope.table(table) == 1
    assert made == [ROOT[1]]


def test_an_evaluation_has_a_budget() -> None:
    scope = Scope(ROOT)
    scope.spend(module.MOST_UNITS)
    with pytest.raises(PathError, match="too much work"):
        scope.spend(5_001)  # the budget is checked every 5,000 units


def test_the_budget_of_one_evaluation_is_not_that_of_another() -> None:
    with pytest.raises(PathError):
        Scope(ROOT).spend(module.MOST_UNITS + 1)
    Scope(ROOT).spend(1)


def test_a_collection_costs_its_items_and_a_text_its_length() -> None:
    scope = Scope(ROOT)
    left = scope._left
    scope.spend_on(integer(1) * 10)
    scope.spend_on(string("a" * 160))
    assert left - scope._left == 11 + 2 + 10


def test_a_collection_has_a_largest_size() -> None:
    with pytest.raises(PathError, match="more than 1000000 items"):
        Scope(ROOT).spend_on(integer(1) * (module.MOST_ITEMS + 1))


def test_an_evaluation_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Iterator[float] = iter([10.0, 14.9, 15.1])
    monkeypatch.setattr(module, "thread_time", lambda: next(clock))
    scope = Scope(ROOT)
    scope.look_at_the_clock()
    scope.look_at_the_clock()
    with pytest.raises(PathError, match="too much work"):
        scope.look_at_the_clock()


def test_the_clock_also_checks_the_budget_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def over() -> None:
        raise TimeoutError

    monkeypatch.setattr(budget, "check", over)
    with pytest.raises(TimeoutError):
        Scope(ROOT).look_at_the_clock()


def test_now_is_the_same_throughout_an_evaluation() -> None:
    scope = Scope(ROOT)
    assert scope.now is scope.now
    assert scope.now.tzinfo is not None
