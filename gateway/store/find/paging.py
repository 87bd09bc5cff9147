"""The opaque position between two pages of a search.

It holds the sort values of the last entry and the time of the first page's snapshot: what changes in between neither
shifts entries nor repeats them, and nothing is kept in memory for it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import bson
from bson import Timestamp
from bson.codec_options import CodecOptions
from bson.errors import BSONError

from gateway.errors import BadRequest
from gateway.search.compile.order import Key
from gateway.search.query import Query
from gateway.store.layout.schema import Document

_UTC: CodecOptions[Document] = CodecOptions(tz_aware=True)


@dataclass(frozen=True, slots=True)
class Position:
    """The position after a page.

    values: one for each key of the order.
    total: carried along if it was counted.
    portion: see Located.
    included: the key of the last included resource, if only includes of the page before are left; "" before the first
        of them. `values` may then be empty.
    last: whether no match follows; used with `included`.
    """

    time: Timestamp
    values: tuple[Any, ...]
    total: int | None = None
    portion: int = 0
    included: str | None = None
    last: bool = False


def encode(position: Position, query: Query) -> str:
    held = {
        "q": _digest(query),
        "t": position.time,
        "v": list(position.values),
        "n": position.total,
        "p": position.portion,
        "i": position.included,
        "l": position.last,
    }
    return urlsafe_b64encode(bson.encode(held)).decode().rstrip("=")


def decode(text: str, query: Query, order: Sequence[Key]) -> Position:
    """Raises BadRequest for anything that was not given out for this very query."""
    try:
        held = bson.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), _UTC)
    except (BSONError, NotBase64, ValueError, OverflowError):
        held = {}
    time, values, total = held.get("t"), held.get("v"), held.get("n")
    if not isinstance(time, Timestamp) or not isinstance(values, list) or held.get("q") != _digest(query):
        raise foreign()
    included = held.get("i") if isinstance(held.get("i"), str) else None
    complete = len(values) == len(order) or (included is not None and not values)
    if not complete or not all(isinstance(value, str | int | float | datetime) for value in values):
        raise foreign()
    portion = held.get("p")
    return Position(
        time,
        tuple(values),
        total if isinstance(total, int) else None,
        max(portion, 0) if isinstance(portion, int) else 0,
        included,
        held.get("l") is True,
    )


def foreign() -> BadRequest:
    """Return the error for a position that was not issued for the query that it comes with."""
    return BadRequest("This link does not continue this search; start the search again.")


def _digest(query: Query) -> bytes:
    return blake2b(repr((query.type, query.used, query.within)).encode(), digest_size=8).digest()


def after(order: Sequence[Key], values: Sequence[Any]) -> Document:
    """The filter of what comes after the entry with these sort values; the first condition is what an index can use."""
    steps = []
    for number, key in enumerate(order):
        same = {earlier.field: values[at] for at, earlier in enumerate(order[:number])}
        steps.append({**same, key.field: {"$lt" if key.descending else "$gt": values[number]}})
    first = order[0]
    return {"$and": [{first.field: {"$lte" if first.descending else "$gte": values[0]}}, {"$or": steps}]}
