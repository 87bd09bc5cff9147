"""How a search by date keeps from reading all that is older.

Indexes are in the order of `at`, the moment at which a resource's main date begins. What matches `date=ge2024` ends in
2024 or later, and nearly everything lasts for a day at most: so it began not long before. The few that last longer bear
a token that says so, and are read apart.
"""

from typing import Any

from gateway.search.notation.tokens import Filter

_DAY = 86_400_000_000
_DAYS = 40 * _DAY
DAYS, LONG = "~days", "~long"
"""Tokens of what lasts longer than a day, and of what lasts longer than forty, or for ever."""


def lasting(at: int, entries: list[dict[str, Any]]) -> list[str]:
    """The token, if any, of a resource whose main date has these entries and begins at `at` (microseconds)."""
    span = max((entry["hi"] for entry in entries), default=at) - at
    return [LONG] if span > _DAYS else [DAYS] if span > _DAY else []


def recent(since: int) -> Filter:
    """The search proper, of what ends at `since` or later: everything that began shortly before, or later still."""
    return {"at": {"$gte": since - _DAY}}


def older(since: int) -> list[tuple[Filter, Filter]]:
    """What began earlier: the token that chooses it, and when it may have begun."""
    return [
        ({"k": DAYS}, {"at": {"$gte": since - _DAYS, "$lt": since - _DAY}}),
        ({"k": LONG}, {"at": {"$lt": since - _DAY}}),
    ]
