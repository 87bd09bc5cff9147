"""The search types of which composites are made."""

import pytest

from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.match import matches
from gateway.search.query import Query
from gateway.search.tree.clauses import Bound
from gateway.search.types.simple import SIMPLE

VALUES = {
    "date": ("dateTime", "2024-05-05", "2024"),
    "number": ("integer", 5, "5"),
    "phonetic": ("HumanName", {"family": "Meyer"}, "Meier"),
    "quantity": ("Quantity", {"value": 5}, "5"),
    "reference": ("Reference", {"reference": "Patient/1"}, "Patient/1"),
    "string": ("string", "Über uns", "uber"),
    "token": ("Coding", {"system": "s", "code": "a"}, "s|a"),
    "uri": ("uri", "http://x", "http://x"),
}


@pytest.mark.parametrize("type_", sorted(VALUES))
def test_both_halves_of_a_type_fit_together(type_: str) -> None:
    """What one half indexes in a field, the other half finds there, under its own name only."""
    kind, value, asked = VALUES[type_]
    parameter = Parameter("x", type_, "", stored=("x",))
    fields = {"k": [], "d": [], "q": [], SIMPLE[type_].FIELD: SIMPLE[type_].index("x", kind, value)}
    for filter_ in (
        SIMPLE[type_].where("x", parameter, None, asked, NO_CONTEXT),
        SIMPLE[type_].present("x", parameter),
    ):
        assert matches(Query("Patient", clauses=(Bound((filter_,)),)), fields) is True
        others = {**fields, SIMPLE[type_].FIELD: SIMPLE[type_].index("y", kind, value)}
        assert matches(Query("Patient", clauses=(Bound((filter_,)),)), others) is False


def test_positions_are_simple_too_but_only_mongodb_can_judge_them() -> None:
    assert SIMPLE.keys() == VALUES.keys() | {"special"}
