"""Composite parameters."""

from collections.abc import AsyncIterator

import pytest

from gateway.store import Store
from tests.store.searching import NoMappings, Resource, found, ids, observation, put


def pressure(code: str, value: int) -> Resource:
    quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity}


@pytest.fixture(scope="module")
async def pressures(mongo: str) -> AsyncIterator[Store]:
    async with await Store.open(mongo, "search_pressures", NoMappings()) as opened:
        await put(
            opened,
            observation("high", "Patient/a", "85354-9", component=[pressure("8480-6", 150), pressure("8462-4", 95)]),
            observation("normal", "Patient/a", "85354-9", component=[pressure("8480-6", 120), pressure("8462-4", 85)]),
            {**observation("single", "Patient/a"), **pressure("8480-6", 160)},
            observation("text", "Patient/a", valueString="high"),
        )
        yield opened
        await opened.drop()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("component-code-value-quantity=http://loinc.org|8480-6$gt140", ["high"]),
        ("component-code-value-quantity=8480-6$gt100", ["high", "normal"]),
        ("component-code-value-quantity=8462-4$gt140", []),
        ("component-code-value-quantity=8480-6$lt100,8462-4$85", ["normal"]),
        ("component-code-value-quantity=8480-6$gt18|http://unitsofmeasure.org|kPa", ["high"]),
        ("combo-code-value-quantity=8480-6$gt140", ["high", "single"]),
        ("code-value-quantity=8480-6$gt140", ["single"]),
        ("code-value-quantity=8462-4$gt140", []),
        ("combo-code-value-quantity:missing=true", ["text"]),
    ],
)
async def test_a_composite_holds_of_one_and_the_same_element(pressures: Store, query: str, expected: list[str]) -> None:
    assert ids(await found(pressures, "Observation", f"{query}&_sort=_id")) == expected
