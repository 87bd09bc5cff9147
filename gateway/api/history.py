"""History of a resource, a type or the whole server, newest first (https://hl7.org/fhir/R4/http.html#history)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from gateway.api import conditions, respond
from gateway.api.api import Api
from gateway.api.body import int_or_zero
from gateway.api.call import Call, Pairs
from gateway.api.respond import Reply
from gateway.errors import BadRequest, NotFound, NotSupported
from gateway.fhir.dates import format_instant, parse_instant
from gateway.store.records import HistoryEntry

DEFAULT_COUNT, MAX_COUNT = 50, 1_000
_REQUESTS = {
    "create": ("POST", HTTPStatus.CREATED),
    "update": ("PUT", HTTPStatus.OK),
    "delete": ("DELETE", HTTPStatus.OK),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`page` is the feed position before which the page begins; `used` are the parameters for the self link."""

    since: datetime | None
    count: int
    page: int | None
    used: Pairs


def asked(query: Pairs, *, lenient: bool) -> Asked:
    """Raises BadRequest, and NotSupported for parameters other than _since, _count and the page of a link."""
    unknown = [name for name, _ in query if name not in ("_since", "_count", "_page")]
    if unknown and not lenient:
        raise NotSupported(f"history has no parameter {unknown[0]}")
    given = {name: value for name, value in query if name not in unknown}
    used = tuple((name, value) for name, value in given.items() if name != "_page")
    return Asked(_since(given.get("_since")), _count(given.get("_count")), _page(given.get("_page")), used)


def _since(text: str | None) -> datetime | None:
    try:
        # In a query string an unescaped plus, as in +01:00, reads as a blank.
        return None if text is None else parse_instant(text.replace(" ", "+"))
    except ValueError as error:
        raise BadRequest("_since must be an instant, such as 2026-01-31T12:00:00Z") from error


def _count(text: str | None) -> int:
    if text is None:
        return DEFAULT_COUNT
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("_count must be a number")
    return min(int(text[:10]), MAX_COUNT)


def _page(text: str | None) -> int | None:
    if text is None:
        return None
    if not int_or_zero(text):
        raise BadRequest("_page is taken from a next link, as it is")
    return int(text)


async def answer(api: Api, call: Call) -> Reply:
    """A Bundle of type history. Raises NotFound for the history of what never was."""
    wanted = asked(call.query, lenient=call.prefer.lenient)
    page = await api.store.history(
        call.type or None, call.id or None, since=wanted.since, count=max(wanted.count, 1), before=wanted.page
    )
    if call.id and not page.total and wanted.since is None:
        raise NotFound(f"{call.name} is not known")
    entries: Sequence[HistoryEntry] = page.entries if wanted.count else ()
    links = [_link(call, "self", wanted.used + ((("_page", str(wanted.page)),) if wanted.page else ()))]
    if page.next is not None and wanted.count:
        links.append(_link(call, "next", (*wanted.used, ("_page", str(page.next)))))
    return Reply(200, respond.bundle("history", [_entry(e, call.base) for e in entries], total=page.total, link=links))


def _link(call: Call, relation: str, query: Pairs) -> dict[str, str]:
    path = "/".join(part for part in (call.base, call.type, call.id, "_history") if part)
    return {"relation": relation, "url": f"{path}?{urlencode(query)}" if query else path}


def _entry(entry: HistoryEntry, base: str) -> bytes:
    stored = entry.stored
    method, status = _REQUESTS[entry.action]
    name = f"{stored.type}/{stored.id}"
    return respond.entry(
        f"{base}/{name}",
        stored.body,
        request={"method": method, "url": stored.type if method == "POST" else name},
        response={
            "status": f"{status.value} {status.phrase}",
            "etag": conditions.etag(stored.version),
            "lastModified": format_instant(stored.updated),
        },
    )
