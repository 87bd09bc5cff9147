"""The building blocks of functions."""

import pytest

from gateway.fhir.path import function
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, each, ordered, plain, scoped, type_name, unordered
from gateway.fhir.path.functions import FUNCTIONS
from gateway.fhir.path.nodes import Literal
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.type_model import known
from gateway.fhir.path.values import Nodes, integer


def scope() -> Scope:
    return Scope(("Patient", {"resourceType": "Patient"}, None))


def argument(nodes: Nodes) -> Argument:
    return Argument(Literal("System.Integer", 0, 0), lambda _: nodes, lambda _: lambda _: nodes)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_plain_function_gets_its_evaluated_arguments(count: int) -> None:
    closure = plain(lambda *nodes: [node for each in nodes for node in each], 0, 3).make(
        lambda _: integer(0), *[argument(integer(number)) for number in range(1, count + 1)]
    )
    assert [node[1] for node in closure(scope())] == list(range(count + 1))


def test_a_scoped_function_gets_the_scope() -> None:
    own = scope()
    assert scoped(lambda given, nodes: [given.root, *nodes]).make(lambda _: integer(1))(own) == [own.root, *integer(1)]


def test_each_item_becomes_this_and_the_scope_is_restored() -> None:
    own = scope()
    before = (own.this, own.index, own.variables)
    seen = [(node[1], own.index) for node, _ in each(own, integer(5) + integer(6), lambda inner: inner.this)]
    assert seen == [(5, 0), (6, 1)]
    assert (own.this, own.index, own.variables) == before


def test_marks_of_order() -> None:
    bare = plain(lambda nodes: nodes)
    assert (bare.order, ordered(bare).order, unordered(bare).order) == ("", "defined", "undefined")


def test_a_type_is_named_with_or_without_its_namespace() -> None:
    assert type_name(parse("Patient")) == "Patient"
    assert type_name(parse("FHIR.Patient")) == "FHIR.Patient"
    with pytest.raises(PathError, match="the name of a type expected"):
        type_name(parse("1"))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_table_describes_each_function_by_words_that_the_check_knows(name: str) -> None:
    entry = FUNCTIONS[name]
    assert isinstance(entry, function.PathFunction) and 0 <= entry.least <= entry.most
    words = ("", "input", "argument", "both", "branches", "type")
    assert entry.gives in words or entry.gives.startswith("System.") or known(entry.gives)
