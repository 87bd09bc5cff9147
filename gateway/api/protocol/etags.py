"""Read and write conditional headers: ETag, If-Match, If-None-Match, If-Modified-Since
(https://hl7.org/fhir/R4/http.html#concurrency).
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from gateway.errors import BadRequest
from gateway.fhir.dates import parse_instant

_ETAG = re.compile(r'\s*(?:(?:W/)?"(?P<quoted>[^"]*)"|(?P<bare>[A-Za-z0-9.\-]+))\s*')
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
ANY: frozenset[int] = frozenset()
"""`*`: any current version."""
NEVER = -1  # a version no resource has


def etag(version: int | str) -> str:
    """Return the weak ETag of a version."""
    return f'W/"{version}"'


def version(text: str) -> int:
    """Return the number in a version id of this server; NEVER for any other text, which matches no version."""
    return int(text) if _VERSION.fullmatch(text) else NEVER


def if_match(header: str) -> frozenset[int] | None:
    """Return the versions that the header names: `W/"3"`, `"3"` or `3` is {3}, `*` is ANY, and an absent header is
    None.

    A list names several versions. ETags of FHIR are weak but compared like strong ones
    (https://hl7.org/fhir/R4/http.html#concurrency). Raises BadRequest for anything else.
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
    """Return whether If-None-Match names `current`, so that the client already has the answer."""
    tags = [_ETAG.fullmatch(part) for part in header.split(",")]
    return header.strip() == "*" or any(tag and (tag["quoted"] or tag["bare"]) == str(current) for tag in tags)


def unmodified(header: str, updated: datetime) -> bool:
    """Return whether nothing changed since If-Modified-Since.

    The header is an HTTP date, precise to seconds, or in an entry of a Bundle an instant. An invalid date is ignored
    (RFC 9110 13.1.3).
    """
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
    """Return the time as an HTTP date."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
