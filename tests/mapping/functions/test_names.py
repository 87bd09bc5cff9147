"""What each function makes of the values of a field."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.mapping.functions import FUNCTIONS


def name(text: str, use: str | None = None, end: int | None = None, **parts: Any) -> dict[str, Any]:
    name: dict[str, Any] = {"text": text, **parts}
    if use:
        name["use"] = use
    if end:
        name["period"] = {"end": datetime(end, 1, 1, tzinfo=UTC)}
    return name


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([name("old", "old"), name("usual", "usual"), name("official", "official")], "official"),
        ([name("nick", "nickname"), name("plain")], "plain"),
        ([name("ended", "official", end=2020), name("nick", "nickname")], "nick"),
        ([name("first", end=2010), name("second", end=2020)], "second"),
        ([name("a", "official"), name("b", "official")], "a"),
        ([name("odd", "unheard-of"), name("maiden", "maiden")], "maiden"),
        ([name("", "official"), name("usual", "usual")], "usual"),
        ([name("  two\r\n  lines ")], "two lines"),
    ],
)
def test_the_name_shown_is_the_best_by_period_then_use_then_order(names: list[dict[str, Any]], shown: str) -> None:
    assert FUNCTIONS["display_name"].call(names) == shown


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (
            {"family": "Chalmers", "given": ["Petra", "J."], "prefix": ["Dr."], "suffix": ["PhD"]},
            "Dr. Petra J. Chalmers PhD",
        ),
        ({"family": "山田", "given": ["太郎"]}, "山田 太郎"),
        ({"family": "김", "given": ["민준"]}, "김 민준"),
        ({"given": ["Ann"]}, "Ann"),
        ({"use": "official"}, None),
    ],
)
def test_a_name_without_a_text_is_put_together(parts: dict[str, Any], shown: str | None) -> None:
    assert FUNCTIONS["display_name"].call([parts]) == shown
