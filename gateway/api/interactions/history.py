"""Answer the history of a resource, a type or the whole server, newest first.

https://hl7.org/fhir/R4/http.html#history
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from gateway import event_loop
from gateway.api.call.call import Call, Pairs
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.reply.subset import ResourceView, view
from gateway.errors import BadRequest, NotFound, NotSupported
from gateway.fhir import fhir_json, references
from gateway.fhir.bundle import is_id
from gateway.fhir.dates import format_instant, parse_instant
from gateway.search.types.date import parse as parse_date
from gateway.store.layout.records import HistoryEntry, Key
from gateway.store.read.history import Span

DEFAULT_COUNT, MAX_COUNT = 50, 1_000
_REQUESTS = {
    "create": ("POST", HTTPStatus.CREATED),
    "update": ("PUT", HTTPStatus.OK),
    "delete": ("DELETE", HTTPStatus.OK),
}
_NAMES = ("_since", "_at", "_count", "_list", "_summary", "_elements", "_page")
_PAGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """The parameters of a request for a history.

    since: the moment from which on versions are listed.
    at: the moments at which a version must have been current, as spans.
    list: the id of a List, to whose resources the history is limited; "" for no limit.
    page: the feed position before which the page begins, and the total that the first page told.
    used: the parameters for the self link.
    """

    since: datetime | None
    at: Sequence[Span]
    count: int
    list: str
    view: ResourceView
    page: tuple[int, int] | None
    used: Pairs


def history_request(query: Pairs, *, lenient: bool) -> HistoryRequest:
    """Read the parameters of a history.

    Raises BadRequest, and NotSupported for a parameter that histories do not have, unless `lenient` leaves it out.
    """
    query = tuple((name, value) for name, value in query if value)
    unknown = [name for name, _ in query if name not in _NAMES]
    if unknown and not lenient:
        raise NotSupported(f"history has no parameter {unknown[0][:64]}")
    parameters = {name: value for name, value in query if name not in unknown}
    if len(parameters) + len(unknown) < len(query):
        raise BadRequest("each parameter of a history may be given once")
    return HistoryRequest(
        _since(parameters.get("_since")),
        _at(parameters["_at"]) if "_at" in parameters else (),
        _count(parameters.get("_count")),
        _list(parameters.get("_list", "")),
        view(parameters),
        _page(parameters.get("_page")),
        tuple((name, value) for name, value in parameters.items() if name != "_page"),
    )


def _since(text: str | None) -> datetime | None:
    try:
        # In a query string an unescaped plus, as in +01:00, reads as a blank.
        return None if text is None else parse_instant(text.replace(" ", "+"))
    except ValueError as error:
        raise BadRequest("_since must be an instant, such as 2026-01-31T12:00:00Z") from error


def _at(text: str) -> Sequence[Span]:
    """Return the moments that a date with its prefix means, as in a search.

    https://hl7.org/fhir/R4/search.html#date
    """
    prefix, first, last = parse_date("_at", text)
    start, end = _moment(first), _moment(last + 1)
    match prefix:
        case "eq" | "ap":
            return [(start, end)]
        case "gt" | "sa":
            return [(end, _LAST)]
        case "ge":
            return [(start, _LAST)]
        case "lt" | "eb":
            return [(_FIRST, start)]
        case "le":
            return [(_FIRST, end)]
    return [(_FIRST, start), (end, _LAST)]


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _FIRST if microseconds < 0 else _LAST


def _count(text: str | None) -> int:
    if text is None:
        return DEFAULT_COUNT
    if not (text.isascii() and text.isdigit()):
        raise BadRequest("_count must be a number")
    return min(int(text[:10]), MAX_COUNT)


def _list(text: str) -> str:
    id_ = text.removeprefix("List/")
    if text and not is_id(id_):
        raise BadRequest("_list must be the id of a List")
    return id_


def _page(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    page = _PAGE.fullmatch(text)
    if page is None:
        raise BadRequest("_page is taken from a next link, as it is")
    return int(page[1]), int(page[2])


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Answer with a history Bundle. Raises NotFound for a resource that never existed, BadRequest, NotSupported."""
    request = history_request(call.query, lenient=call.prefer.lenient)
    before, total = request.page or (None, None)
    page = await deployment.store.resources.history(
        call.type or None,
        call.id or None,
        since=request.since,
        at=request.at,
        keys=await _listed(deployment, call, request.list) if request.list else None,
        count=max(request.count, 1),
        before=before,
        total=total,
    )
    if call.id and not page.total and await deployment.store.resources.read(call.type, call.id) is None:
        raise NotFound(f"{call.name} is not known")
    shown = request.count and not request.view.counts
    entries: Sequence[HistoryEntry] = page.entries if shown else ()
    links = [_link(call, "self", request.used + ((("_page", f"{before}-{total}"),) if request.page else ()))]
    if page.next is not None and shown:
        links.append(_link(call, "next", (*request.used, ("_page", f"{page.next}-{page.total}"))))
    lines = [await _entry(entry, call.base, request.view) for entry in entries]
    return Reply(200, await respond.bundle_in_turn("history", lines, total=page.total, link=links))


async def _listed(deployment: Deployment, call: Call, id_: str) -> set[Key]:
    """Return the resources that a List of this server refers to. Raises BadRequest if there is no such List."""
    stored = await deployment.store.resources.read("List", id_)
    if stored is None or stored.deleted:
        raise BadRequest("_list names no List that is here")
    refs = await event_loop.run(partial(_references, stored.body), stored.body)
    return {(ref.type, ref.id) for ref in refs if ref and ref.base in (None, call.base)}


def _references(body: bytes) -> list[references.Ref | None]:
    return [references.parse_reference(text) for _, text in references.references(fhir_json.parse(body))]


def _link(call: Call, relation: str, query: Pairs) -> dict[str, str]:
    path = "/".join(part for part in (call.base, call.type, call.id, "_history") if part)
    query = (*query, *call.presentation)
    return {"relation": relation, "url": f"{path}?{urlencode(query)}" if query else path}


async def _entry(entry: HistoryEntry, base: str, view: ResourceView) -> bytes:
    stored = entry.stored
    method, status = _REQUESTS[entry.action]
    if entry.by_put:
        method = "PUT"
    name = f"{stored.type}/{stored.id}"
    return respond.entry(
        f"{base}/{name}",
        await view.of(stored.body),
        request={"method": method, "url": stored.type if method == "POST" else name},
        response={
            "status": f"{status.value} {status.phrase}",
            "etag": etags.etag(stored.version),
            "lastModified": format_instant(stored.updated),
        },
    )
