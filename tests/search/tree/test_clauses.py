"""The tree of a search: what can be told of it without compiling it."""

from typing import Any

import pytest

from gateway.search.definitions.parameters import parameters
from gateway.search.tree.clauses import (
    And,
    Bound,
    Branch,
    Chain,
    Clause,
    Comparison,
    End,
    Has,
    Hierarchy,
    Not,
    Or,
    Present,
    Words,
    children,
    conjuncts,
    every,
    leads_elsewhere,
    of_types,
    rank,
    reads_first,
    reads_text,
    searches,
)

A, B = Bound(({"k": "a"},), rank=1), Bound(({"k": "b"},), rank=5)
TEXT = Words({"w": "text|bone"})
CHAIN = Chain(("subject",), (End("Patient", A), End("Group", B)), rank=2)
HAS = Has(("patient",), End("Observation", TEXT))
TREE = Hierarchy(("location",), (Branch("Location/1", ("partof",)),), rank=2)


def test_a_clause_on_types_lists_them_unless_it_is_one() -> None:
    assert of_types("Patient").filters == ({"t": "Patient"},)
    assert of_types("Patient", "Group").filters == ({"t": {"$in": ["Patient", "Group"]}},)


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (A, 1),
        (And((B, A)), 1),
        (Or((B, A)), 5),
        (Not(B), 5),
        (Not(And((A,))), 9),
        (CHAIN, 2),
        (HAS, 0),
        (TREE, 2),
        (TEXT, 3),
        (Or((And((B,)), And((A, B)))), 5),
    ],
)
def test_a_clause_ranks_by_how_few_resources_it_leaves(clause: Clause, expected: int) -> None:
    assert rank(clause) == expected


def test_the_conjuncts_of_a_clause_are_its_parts_only_if_all_must_hold() -> None:
    assert conjuncts(And((A, B))) == (A, B)
    assert conjuncts(Or((A, B))) == (Or((A, B)),)
    assert conjuncts(A) == (A,)


def test_clauses_that_read_come_from_left_to_right_without_the_ends_of_chains() -> None:
    clause = And((A, Or((And((CHAIN,)), And((HAS,)))), Not(And((TREE,))), TEXT))
    assert [*reads_first(clause)] == [CHAIN, HAS, TREE, TEXT]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(A, False), (And((A, B)), False), (Not(A), False), (CHAIN, True), (Not(And((TEXT,))), True), (Or((A, HAS)), True)],
)
def test_a_clause_leads_elsewhere_if_any_part_does(clause: Clause, expected: bool) -> None:
    assert leads_elsewhere(clause) is expected


@pytest.mark.parametrize(
    ("clause", "expected"), [(TEXT, True), (HAS, True), (CHAIN, False), (And((A, Not(TEXT))), True)]
)
def test_text_is_read_here_or_at_the_end_of_a_chain(clause: Clause, expected: bool) -> None:
    assert reads_text(clause) is expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(A, 1), (CHAIN, 3), (HAS, 2), (And((A, CHAIN)), 5), (Not(A), 1), (Chain(("x",), (End("Patient", CHAIN),)), 4)],
)
def test_every_end_of_a_chain_takes_a_search(clause: Clause, expected: int) -> None:
    assert searches(clause) == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(A, ()), (And((A, B)), (A, B)), (Not(A), (A,)), (CHAIN, (A, B)), (HAS, (TEXT,)), (TREE, ()), (TEXT, ())],
)
def test_the_children_of_a_clause_are_directly_within_it(clause: Clause, expected: tuple[Any, ...]) -> None:
    assert children(clause) == expected


def test_every_clause_is_met_once_the_outer_ones_first() -> None:
    present = Present(parameters("Patient")["name"])
    compared = Comparison("name", parameters("Patient")["name"], ("x",))
    clause = And((Not(present), Chain(("subject",), (End("Patient", compared),))))
    assert [*every(clause)] == [clause, Not(present), present, clause.clauses[1], compared]
