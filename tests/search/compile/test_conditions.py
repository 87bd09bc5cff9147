"""Each class of clause has one meaning as a filter."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.compile.conditions import filter_of, is_on_tokens, one_index_token_first
from gateway.search.definitions.parameters import parameters
from gateway.search.match import matches
from gateway.search.query import Query
from gateway.search.tree.clauses import (
    And,
    Bound,
    Chain,
    Clause,
    Comparison,
    End,
    Has,
    Hierarchy,
    Not,
    Or,
    Words,
    of_types,
)

A, B = Bound(({"k": "a"},), rank=1), Bound(({"k": "b"},), rank=5)
DATE = Bound(({"at": {"$gte": 5}},), rank=9)
CHAIN = Chain(("subject",), (End("Patient", A),))


def twice_negated(filter_: dict[str, Any]) -> dict[str, Any]:
    return {"$nor": [{"$nor": [filter_]}]}


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (A, {"k": "a"}),
        (Bound(({"k": "a"}, {"k": "b"})), {"k": {"$in": ["a", "b"]}}),
        (Bound(()), {"k": {"$in": []}}),
        (Not(A), {"$nor": [{"k": "a"}]}),
        (And((A,)), {"$and": [{"k": "a"}]}),
        (And((A, DATE)), {"$and": [{"k": "a"}, {"at": {"$gte": 5}}]}),
        (And((DATE, A)), {"$and": [{"k": "a"}, {"at": {"$gte": 5}}]}),
        (And((B, A)), {"$and": [{"k": "a"}, twice_negated({"k": "b"})]}),
        (Or((A, B)), {"k": {"$in": ["a", "b"]}}),
        (Or((And((A,)), And((B,)))), {"$or": [{"$and": [{"k": "a"}]}, {"$and": [{"k": "b"}]}]}),
        (Not(And((A, DATE))), {"$nor": [{"$and": [{"k": "a"}, {"at": {"$gte": 5}}]}]}),
        (And((of_types("Patient"), A)), {"$and": [{"k": "a"}, {"t": "Patient"}]}),
    ],
)
def test_a_clause_is_a_filter(clause: Clause, expected: dict[str, Any]) -> None:
    assert filter_of(clause) == expected


@pytest.mark.parametrize(
    "clause", [CHAIN, Has(("subject",), End("Observation", A)), Hierarchy(("location",), ()), Words({"w": "text|x"})]
)
def test_a_clause_that_reads_has_the_filter_that_was_made_of_it(clause: Clause) -> None:
    assert filter_of(clause, iter([{"_id": "Patient/1"}])) == {"_id": "Patient/1"}
    with pytest.raises(TypeError, match="has no filter yet"):
        filter_of(clause)


def test_what_was_read_is_taken_from_left_to_right() -> None:
    clause = And((A, Or((And((CHAIN,)), And((Words({"w": "x"}),)))), Not(And((CHAIN,)))))
    read = [{"_id": "1"}, {"_id": "2"}, {"_id": "3"}]
    assert filter_of(clause, iter(read)) == {
        "$and": [
            {"k": "a"},
            {"$or": [{"$and": [{"_id": "1"}]}, {"$and": [{"_id": "2"}]}]},
            {"$nor": [{"$and": [{"_id": "3"}]}]},
        ]
    }


def test_beside_what_was_read_the_index_is_left_to_mongodb() -> None:
    assert filter_of(And((B, A, CHAIN)), iter([{"k": "c"}])) == {"$and": [{"k": "b"}, {"k": "a"}, {"k": "c"}]}


def test_an_unbound_clause_has_no_filter() -> None:
    with pytest.raises(TypeError, match="Comparison has no filter yet"):
        filter_of(Comparison("name", parameters("Patient")["name"], ("x",)))


@pytest.mark.parametrize("order", list(permutations([A, B, DATE])))
def test_the_best_token_chooses_the_range_of_the_index_in_any_order(order: Any) -> None:
    conditions = [(clause, filter_of(clause)) for clause in order]
    assert one_index_token_first(conditions) == [{"k": "a"}, twice_negated({"k": "b"}), {"at": {"$gte": 5}}]


def test_of_one_rank_the_fewest_tokens_come_first() -> None:
    few, many = Bound((), rank=3), Bound((), rank=3)
    conditions = [(many, {"k": {"$in": ["a", "b", "c"]}}), (few, {"k": {"$in": ["d", "e"]}})]
    assert one_index_token_first(conditions) == [
        {"k": {"$in": ["d", "e"]}},
        twice_negated({"k": {"$in": ["a", "b", "c"]}}),
    ]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"k": "a"}, True),
        ({"$or": [{"k": "a"}, {"k": "b"}]}, True),
        ({"$or": [{"k": "a"}, {"d": 1}]}, False),
        ({"$and": [{"d": 1}, {"k": "a"}]}, True),
        ({"$and": [{"d": 1}]}, False),
        ({"$nor": [{"k": "a"}]}, False),
        ({"_id": "x"}, False),
    ],
)
def test_a_filter_is_on_tokens_if_they_can_answer_it(filter_: dict[str, Any], expected: bool) -> None:
    assert is_on_tokens(filter_) is expected


LEAVES = st.sampled_from([Bound(({"k": name},), rank=rank) for name, rank in (("a", 1), ("b", 5), ("c", 9))])
CLAUSES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(And((part,)) for part in parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


def holds(clause: Clause, tokens: set[str]) -> bool:
    """The plain meaning of a clause."""
    match clause:
        case Bound(filters):
            return any(filter_["k"] in tokens for filter_ in filters)
        case And(clauses):
            return all(holds(part, tokens) for part in clauses)
        case Or(clauses):
            return any(holds(part, tokens) for part in clauses)
        case Not(inner):
            return not holds(inner, tokens)
        case _:
            raise AssertionError(clause)


@given(CLAUSES, st.sets(st.sampled_from("abc")))
def test_a_filter_means_what_its_clause_means(clause: Clause, tokens: set[str]) -> None:
    fields = {"k": sorted(tokens)}
    compiled = Query("Patient", clauses=(Bound((filter_of(clause),)),))
    assert matches(compiled, fields) is matches(Query("Patient", clauses=(clause,)), fields) is holds(clause, tokens)
