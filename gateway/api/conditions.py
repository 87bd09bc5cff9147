"""The conditional headers: ETags, If-Match, If-None-Match, If-Modified-Since (https://hl7.org/fhir/R4/http.html#concurrency)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from gateway.errors import BadRequest

_ETAG = re.compile(r'\s*(?:(?:W/)?"(?P<quoted>[^"]*)"|(?P<bare>[A-Za-z0-9.\-]+))\s*')
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
ANY = "*"
NEVER = -1  # a version no resource has


def etag(version: int) -> str:
    return f'W/"{version}"'


def version(text: str) -> int:
    """A version id as this server writes them; any other text is `NEVER`: it names no version."""
    return int(text) if _VERSION.fullmatch(text) else NEVER


def if_match(header: str) -> int | str | None:
    """`W/"3"`, `"3"` or `3` -> 3, `*` -> ANY, absent -> None. Raises BadRequest on anything else."""
    if not header.strip():
        return None
    if header.strip() == ANY:
        return ANY
    found = _ETAG.fullmatch(header)
    if found is None:
        raise BadRequest('If-Match must be one ETag, such as W/"3"')
    return version(found["quoted"] if found["quoted"] is not None else found["bare"])


def none_match(header: str, current: int) -> bool:
    """Whether If-None-Match names the current version: the client already has it."""
    tags = [_ETAG.fullmatch(part) for part in header.split(",")]
    return header.strip() == ANY or any(tag and (tag["quoted"] or tag["bare"]) == str(current) for tag in tags)


def unmodified(header: str, updated: datetime) -> bool:
    """Whether nothing changed since If-Modified-Since (seconds); a date that is none is ignored (RFC 9110 13.1.3)."""
    try:
        since = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return updated.replace(microsecond=0) <= (since if since.tzinfo else since.replace(tzinfo=UTC))


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
