"""`_lastUpdated`, which is a column of the stored document."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import updated

PARAMETER = Parameter("_lastUpdated", "updated", "", stored=("_lastUpdated",))
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC) - timedelta(milliseconds=1)


def where(value: str) -> dict[str, Any]:
    return updated.where("_lastUpdated", PARAMETER, None, value, NO_CONTEXT)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", {"$gte": START, "$lte": END}),
        ("eq", {"$gte": START, "$lte": END}),
        ("gt", {"$gt": END}),
        ("sa", {"$gt": END}),
        ("lt", {"$lt": START}),
        ("eb", {"$lt": START}),
        ("ge", {"$gte": START}),
        ("le", {"$lte": END}),
    ],
)
def test_a_moment_is_compared_with_the_day(prefix: str, expected: Any) -> None:
    assert where(f"{prefix}2024-01-01") == {"u": expected}


def test_another_day_is_before_or_after() -> None:
    assert where("ne2024-01-01") == {"$or": [{"u": {"$lt": START}}, {"u": {"$gt": END}}]}


def test_about_a_day_is_the_day_before_and_after_too() -> None:
    day = timedelta(days=1)
    assert where("ap2024-01-01") == {"u": {"$gte": START - day, "$lte": END + day}}


def test_a_year_that_no_datetime_holds_is_the_last_one() -> None:
    assert where("ap9999") == {
        "u": {"$gte": datetime(9998, 1, 1, tzinfo=UTC), "$lte": datetime.max.replace(tzinfo=UTC)}
    }


def test_another_text_is_refused() -> None:
    with pytest.raises(BadRequest, match="_lastUpdated"):
        where("yesterday")


def test_every_resource_has_a_moment_and_no_entry_for_it() -> None:
    assert updated.present("_lastUpdated", PARAMETER) == {}
    assert updated.index("_lastUpdated", "instant", "2024-01-01T00:00:00Z") == []
