"""The conditional headers: ETags, If-Match, If-None-Match, If-Modified-Since (https://hl7.org/fhir/R4/http.html#concurrency)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from gateway.errors import BadRequest
from gateway.fhir.dates import parse_instant

_ETAG = re.compile(r'\s*(?:(?:W/)?"(?P<quoted>[^"]*)"|(?P<bare>[A-Za-z0-9.\-]+))\s*')
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
ANY: frozenset[int] = frozenset()
"""`*`: whichever version is current."""
NEVER = -1  # a version no resource has


def etag(version: int | str) -> str:
    return f'W/"{version}"'


def version(text: str) -> int:
    """A version id as this server writes them; any other text is `NEVER`: it names no version."""
    return int(text) if _VERSION.fullmatch(text) else NEVER


def if_match(header: str) -> frozenset[int] | None:
    """`W/"3"`, `"3"` or `3` -> {3}, several as a list, `*` -> ANY, absent -> None. Raises BadRequest on anything else.

    FHIR's ETags are weak and compared all the same (https://hl7.org/fhir/R4/http.html#concurrency).
    """
    if not header.strip():
        return None
    if header.strip() == "*":
        return ANY
    tags = [_ETAG.fullmatch(part) for part in header.split(",")]
    if not all(tags):
        raise BadRequest('If-Match must be an ETag, such as W/"3", or several, or *')
    return frozenset(version(tag["quoted"] if tag["quoted"] is not None else tag["bare"]) for tag in tags if tag)


def none_match(header: str, current: int | str) -> bool:
    """Whether If-None-Match names the current version, or what is in its ETag's place: the client already has it."""
    tags = [_ETAG.fullmatch(part) for part in header.split(",")]
    return header.strip() == "*" or any(tag and (tag["quoted"] or tag["bare"]) == str(current) for tag in tags)


def unmodified(header: str, updated: datetime) -> bool:
    """Whether nothing changed since If-Modified-Since: an HTTP date (seconds), or the instant that Bundles have in its
    place; a date that is none is ignored (RFC 9110 13.1.3)."""
    try:
        return updated <= parse_instant(header)
    except ValueError:
        pass
    try:
        since = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return updated.replace(microsecond=0) <= (since if since.tzinfo else since.replace(tzinfo=UTC))


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
