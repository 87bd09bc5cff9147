"""The table of search types."""

import pytest

from gateway.search.definitions.parameters import parameters
from gateway.search.types import TYPES, UNSTORED


@pytest.mark.parametrize("type_", sorted(TYPES))
def test_a_type_keeps_its_entries_in_a_field_of_the_index(type_: str) -> None:
    module = TYPES[type_]
    assert module.FIELD in {"k", "d", "q", "g", "c"}
    assert "missing" not in module.MODIFIERS


def test_the_types_without_entries_are_columns_and_text() -> None:
    assert {"identity", "updated", "words"} == UNSTORED


def test_every_parameter_of_hl7_has_a_type_of_the_table() -> None:
    used = {
        parameter.type for type_ in ("Observation", "Patient", "Location") for parameter in parameters(type_).values()
    }
    assert used - TYPES.keys() == {"words"}
    assert Parameter("x", "token", "").rank == 9
