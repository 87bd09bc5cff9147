"""Serve `GET /internal/quality`: findings of the mappings, counted by rule, source and day."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.api.call.call import pairs
from gateway.api.internal.filters import limit, single
from gateway.api.internal.known import mapping_of, names
from gateway.api.internal.reply import answer
from gateway.api.internal.values import READ
from gateway.api.process.deployment import Deployment
from gateway.errors import BadRequest
from gateway.store.internal.quality import KEYS, FindingFilter, Quality

_PARAMETERS = ("by", "collection", "rule", "source", "from", "to", "limit")


async def summary(deployment: Deployment, request: Request) -> Response:
    """Return the counts."""
    given = single(pairs(request.scope["query_string"].decode("latin-1")), _PARAMETERS)
    by = keys(given.get("by", "rule"))
    if "collection" in given:
        mapping_of(deployment, given["collection"])
    asked = [given["collection"]] if "collection" in given else [*names(deployment)]
    found = await deployment.store.internal.quality(asked, by, chosen(given))
    return answer(told(found, limit(given.get("limit"))))


def keys(text: str) -> Sequence[str]:
    """Read names such as `rule,day`. Raises BadRequest."""
    by = [*dict.fromkeys(part.strip() for part in text.split(","))]
    if not by or any(key not in KEYS for key in by):
        raise BadRequest(f"findings are counted by {', '.join(KEYS)}", expression="by")
    return by


def chosen(given: dict[str, str]) -> FindingFilter:
    """Read the selection. `from` and `to` are dates or times; a date in `to` includes the day. Raises BadRequest."""
    bounds = {}
    for name in ("from", "to"):
        if name in given:
            try:
                bounds[name] = READ["time"](given[name])
            except ValueError as error:
                raise BadRequest(f"{name}: {error}", expression=name) from None
    from_, to = bounds.get("from"), bounds.get("to")
    return FindingFilter(given.get("rule"), given.get("source"), from_ and from_.start, to and to.end)


def told(found: Quality, most: int) -> dict[str, Any]:
    """Return the JSON of the counts."""
    counts = [{**row.key, **_count(asdict(row))} for row in found.counts]
    return {
        "counts": counts[:most],
        "more": max(len(counts) - most, 0),
        "totals": [asdict(row) for row in found.totals],
    }


def _count(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("findings", "documents", "examples")}
