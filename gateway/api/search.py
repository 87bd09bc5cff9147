"""Search by GET and POST: the searchset (https://hl7.org/fhir/R4/http.html#search), joined from stored bytes."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from gateway.api import respond
from gateway.api.api import Api
from gateway.api.call import Call, Pairs
from gateway.api.respond import Reply
from gateway.api.subset import subset
from gateway.fhir import json
from gateway.fhir.outcome import outcome
from gateway.search.context import Context
from gateway.search.query import Query, parse
from gateway.store.records import Stored


async def answer(api: Api, call: Call) -> Reply:
    """A Bundle of type searchset. Raises BadRequest and NotSupported, for which handling=lenient makes up."""
    query = parse(call.type or None, call.query, lenient=call.prefer.lenient, context=Context(call.base))
    page = await api.store.search(query)
    links = [_link(call, "self", query.used + ((("_page", query.page),) if query.page else ()))]
    if page.next is not None:
        links.append(_link(call, "next", (*query.used, ("_page", page.next))))
    entries = [*_entries(page.entries, "match", call, query), *_entries(page.included, "include", call, query)]
    entries += _warnings(query)
    return Reply(200, respond.bundle("searchset", entries, total=page.total, link=links))


def _link(call: Call, relation: str, query: Pairs) -> dict[str, str]:
    path = f"{call.base}/{call.type}" if call.type else call.base
    return {"relation": relation, "url": f"{path}?{urlencode(query, safe=':,/')}" if query else path}


def _entries(found: Iterable[Stored], mode: str, call: Call, query: Query) -> Iterator[bytes]:
    if query.summary == "count":
        return
    search = b'"search":{"mode":"%s"}}' % mode.encode()
    for stored in found:
        body = subset(stored.body, query.summary, query.elements)
        url = json.dump(f"{call.base}/{stored.type}/{stored.id}")
        yield b'{"fullUrl":' + url + b',"resource":' + body + b"," + search


def _warnings(query: Query) -> list[bytes]:
    if not query.warnings:
        return []
    warned = json.dump(outcome(query.warnings))
    return [respond.entry("", warned, search={"mode": "outcome"})]
