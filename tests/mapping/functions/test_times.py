"""Functions on dates."""

from datetime import UTC, datetime

from gateway.mapping.functions import FUNCTIONS


def test_a_date_has_a_precision() -> None:
    texts = ("1970", "1970-03", "1970-03-12")
    assert [FUNCTIONS["precision"].call([text]) for text in texts] == ["year", "month", "day"]


def test_a_date_has_a_start_and_an_end() -> None:
    assert FUNCTIONS["start"].call(["1970-03"]) == datetime(1970, 3, 1, tzinfo=UTC)
    assert FUNCTIONS["end"].call(["1970-03"]) == datetime(1970, 4, 1, tzinfo=UTC)


def test_functions_on_dates_take_dates_only() -> None:
    assert {FUNCTIONS[name].takes for name in ("precision", "start", "end")} == {frozenset({"date"})}
