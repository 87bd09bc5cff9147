"""The table of search types."""

from gateway.search.definitions.parameters import parameters
from gateway.search.types import TYPES, UNSTORED


def test_the_types_without_entries_are_columns_and_text() -> None:
    assert {"identity", "updated", "words"} == UNSTORED


def test_every_type_is_that_of_some_parameter() -> None:
    types = ("Observation", "Patient", "Location", "RiskAssessment")
    used = {parameter.type for type_ in types for parameter in parameters(type_).values()}
    assert used == TYPES.keys() | {"words"}
