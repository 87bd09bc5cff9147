"""Encode and decode `_page`, the opaque position between two pages of a search.

It holds the sort values of the last entry and the time of the first page's snapshot: changes in between neither shift
entries nor repeat them, and the server keeps nothing in memory.
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
    total: the number of matches, if it was counted.
    portion: see ResolvedSearch.
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
    """Return the text of a position, which `decode` accepts only together with the same query."""
    fields = {
        "q": _digest(query),
        "t": position.time,
        "v": list(position.values),
        "n": position.total,
        "p": position.portion,
        "i": position.included,
        "l": position.last,
    }
    return urlsafe_b64encode(bson.encode(fields)).decode().rstrip("=")


def decode(text: str, query: Query, order: Sequence[Key]) -> Position:
    """Return the position. Raises BadRequest for a text that `encode` did not return for this query."""
    try:
        fields = bson.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), _UTC)
    except (BSONError, NotBase64, ValueError, OverflowError):
        fields = {}
    time, values, total = fields.get("t"), fields.get("v"), fields.get("n")
    if not isinstance(time, Timestamp) or not isinstance(values, list) or fields.get("q") != _digest(query):
        raise foreign()
    included = fields.get("i") if isinstance(fields.get("i"), str) else None
    complete = len(values) == len(order) or (included is not None and not values)
    if not complete or not all(isinstance(value, str | int | float | datetime) for value in values):
        raise foreign()
    portion = fields.get("p")
    return Position(
        time,
        tuple(values),
        total if isinstance(total, int) else None,
        max(portion, 0) if isinstance(portion, int) else 0,
        included,
        fields.get("l") is True,
    )


def foreign() -> BadRequest:
    """Return the error for a position that was not issued for the query that it comes with."""
    return BadRequest("This link does not continue this search; start the search again.")


def _digest(query: Query) -> bytes:
    return blake2b(repr((query.type, query.used, query.within)).encode(), digest_size=8).digest()


def after(order: Sequence[Key], values: Sequence[Any]) -> Document:
    """Return the filter of the entries after the one with these sort values. Its first condition is the one that an
    index can answer."""
    steps = []
    for number, key in enumerate(order):
        same = {earlier.field: values[at] for at, earlier in enumerate(order[:number])}
        steps.append({**same, key.field: {"$lt" if key.descending else "$gt": values[number]}})
    first = order[0]
    return {"$and": [{first.field: {"$lte" if first.descending else "$gte": values[0]}}, {"$or": steps}]}
