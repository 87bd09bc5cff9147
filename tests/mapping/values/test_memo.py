"""Values that recur are read once, and nobody can tell."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.mapping.types import TYPES
from gateway.mapping.values import memo
from gateway.mapping.values.lens import Unreadable

QUANTITY = TYPES["quantity"].lenses["Quantity"].get
CONCEPT = TYPES["concept"].lenses["CodeableConcept"].get


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "_kept_values", {})


def test_the_same_json_gives_what_was_made_before() -> None:
    first = memo.read(CONCEPT, {"text": "Potassium"}, [])
    assert memo.read(CONCEPT, {"text": "Potassium"}, []) is first
    assert first == CONCEPT({"text": "Potassium"}, [])


def test_precision_and_kind_are_told_apart() -> None:
    values: list[dict[str, Any]] = [{"value": Decimal("1.0")}, {"value": Decimal("1.00")}, {"value": 1}]
    assert [str(memo.read(QUANTITY, one, [])["number"]) for one in values] == ["1.0", "1.00", "1"]
    assert memo.read(CONCEPT, {"text": "1"}, []) == {"text": "1"}


def test_what_is_odd_is_noted_each_time() -> None:
    odd = {"value": Decimal("1"), "unit": 7}
    for _ in range(2):
        notes: list[tuple[str, str]] = []
        assert memo.read(QUANTITY, odd, notes) == {"number": Decimal("1")}
        assert notes == [("unit", "not text")]
        with pytest.raises(Unreadable):
            memo.read(CONCEPT, "text", [])


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MOST", 10)
    memo.read(CONCEPT, {"text": "x" * 600}, [])
    assert not memo._kept_values
    for number in range(100):
        assert memo.read(CONCEPT, {"text": str(number)}, []) == {"text": str(number)}
        assert len(memo._kept_values) <= 10
