"""Index tokens, the strings `parameter|value|…` in the array `k` of a stored document. Every search reads one range.

    token      code|8480-6|http://loinc.org      the code alone is a prefix, code and system are the whole
    string     family|muller|Müller              folded for prefixes, as written for :exact
    reference  subject|Patient/1                 as sent, and without its version
               subject:identifier|123|http://…   what a logical reference says
    uri        url|http://…
    any        code|                             a value that holds nothing to search for

A `|` inside a value, except the last one, is stored as U+001F, which FHIR strings may not hold. So no value can look
like another.
"""

from dataclasses import dataclass
from typing import Any

Filter = dict[str, Any]

NOTHING: Filter = {"k": {"$in": []}}
_PIPE = "\x1f"
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Prefix:
    """A beginning of tokens, as one of the values of an `$in`. MongoDB gets it as a pattern."""

    text: str

    @property
    def pattern(self) -> str:
        """The regular expression for MongoDB."""
        return f"^{literal(self.text)}"


def escape(value: str) -> str:
    """Escape the separators of a token."""
    return value.replace("|", _PIPE) if "|" in value else value


def unescape(value: str) -> str:
    """Return the text of an escaped part."""
    return value.replace(_PIPE, "|")


def exact(*tokens: str) -> Filter:
    """Return the filter of documents with one of these index tokens."""
    return {"k": tokens[0]} if len(tokens) == 1 else {"k": {"$in": list(tokens)}}


def starting(prefix: str, pattern: str | None = None) -> Filter:
    """Return the filter of tokens that begin with `prefix` and match the regular expression `pattern`, if given.

    It is a range, not `^prefix`: a range takes text of users as it is, and has exact index bounds on an array too.
    """
    bounds = {"$gte": prefix, "$lt": prefix + LAST}
    return {"k": {"$elemMatch": bounds if pattern is None else {**bounds, "$regex": pattern}}}


def chosen(*starts: str) -> dict[str, Any]:
    """Return the MongoDB expression of a document's tokens that begin with any of `starts`."""
    begins = [{"$and": [{"$gte": ["$$one", start]}, {"$lt": ["$$one", start + LAST]}]} for start in starts]
    return {"$filter": {"input": "$k", "as": "one", "cond": {"$or": begins}}}


def prefix_of(filter_: Filter) -> str | None:
    """Return the prefix of a filter that `starting` made without a pattern, None for any other filter."""
    bounds = filter_["k"].get("$elemMatch") if filter_.keys() == {"k"} and isinstance(filter_["k"], dict) else None
    if not isinstance(bounds, dict) or bounds.keys() != {"$gte", "$lt"} or bounds["$lt"] != bounds["$gte"] + LAST:
        return None
    prefix: str = bounds["$gte"]
    return prefix


def literal(text: str) -> str:
    """Return the regular expression that matches just `text`, in MongoDB's dialect; `re.escape` is for Python's."""
    bare = "".join(c if c.isalnum() or c in "_:/ " or not c.isascii() else f"\\{c}" for c in text)
    return bare.replace("\\\0", r"\x00")  # MongoDB takes no pattern with a NUL in it
