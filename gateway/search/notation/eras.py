"""Keep a search by date from reading everything older.

Indexes are in the order of `at`, the moment at which a resource's main date begins. A match of `date=ge2024` ends in
2024 or later, and nearly every date lasts for a day at most: so it began shortly before 2024 at the earliest. The few
resources whose main date lasts longer have a token that says so, and are read apart.
"""

from typing import Any

from gateway.search.notation.tokens import Filter

_DAY = 86_400_000_000
_DAYS = 40 * _DAY
DAYS, LONG = "~days", "~long"
"""The tokens of resources whose main date lasts longer than a day, and longer than forty days or without end."""
NO_DATE = -(2**63)
"""`at` of a resource without its main date."""


def lasting(at: int, entries: list[dict[str, Any]]) -> list[str]:
    """Return the token, if any, of a resource whose main date has these entries and begins at `at` (microseconds)."""
    span = max((entry["hi"] for entry in entries), default=at) - at
    return [LONG] if span > _DAYS else [DAYS] if span > _DAY else []


def recent(since: int) -> Filter:
    """Return the filter of what began less than a day before `since`, or later."""
    return {"at": {"$gte": since - _DAY}}


def older(since: int) -> list[tuple[Filter, Filter]]:
    """Return, for what began earlier and lasts until `since`: the filter on its token, and the bounds of `at`."""
    return [
        ({"k": DAYS}, {"at": {"$gte": since - _DAYS, "$lt": since - _DAY}}),
        ({"k": LONG}, {"at": {"$lt": since - _DAY}}),
    ]
