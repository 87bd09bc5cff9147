"""Build the Bundle that answers a search, from stored bytes (https://hl7.org/fhir/R4/bundle.html#searchset)."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from gateway import event_loop
from gateway.api.call.call import Pairs
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.reply.subset import shown
from gateway.fhir import fhir_json
from gateway.fhir.outcome import outcome
from gateway.search.query import Query
from gateway.store.find.search import Page
from gateway.store.layout.records import Stored


async def reply(page: Page, query: Query, base: str, path: str, presentation: Pairs = ()) -> Reply:
    """Build the searchset of a page.

    path: what was searched, below `base`; "" is everything.
    presentation: `_format` and `_pretty`, which links repeat so that the following pages come in the same format.
    """
    query = replace(query, used=query.used + presentation)
    here = query.used + ((("_page", query.page),) if query.page else ())
    links = [_link(base, path, "self", here)]
    if page.next is not None:
        links.append(_link(base, path, "next", (*query.used, ("_page", page.next))))
    entries = [entry async for entry in _entries(page, query, base)]
    return Reply(200, await respond.bundle_in_turn("searchset", entries, total=page.total, link=links))


def _link(base: str, path: str, relation: str, query: Pairs) -> dict[str, str]:
    url = f"{base}/{path}" if path else base
    return {"relation": relation, "url": f"{url}?{urlencode(query, safe=':,/')}" if query else url}


async def _entries(page: Page, query: Query, base: str) -> AsyncIterator[bytes]:
    if query.summary != "count":
        if page.contained is None:
            matches = _whole(page.entries, "match", query, base, query.elements)
        else:
            matches = _contained(page, query, base)
        async for entry in matches:
            yield entry
        # "elements […] does not apply to included resources"
        async for entry in _whole(page.included, "include", query, base):
            yield entry
    if query.warnings:
        yield respond.entry("", fhir_json.dump(outcome(query.warnings)), search={"mode": "outcome"})


async def _whole(
    resources: Iterable[Stored], mode: str, query: Query, base: str, elements: Sequence[str] = ()
) -> AsyncIterator[bytes]:
    search = b'"search":{"mode":"%s"}}' % mode.encode()
    for stored in resources:
        body = await shown(stored.body, query.summary, elements)
        url = fhir_json.dump(f"{base}/{stored.type}/{stored.id}")
        yield b'{"fullUrl":' + url + b',"resource":' + body + b"," + search


async def _contained(page: Page, query: Query, base: str) -> AsyncIterator[bytes]:
    """Yield the contained resources that match, each under the address of its container; other matches as they are.

    https://hl7.org/fhir/R4/search.html#contained
    """
    for stored in page.entries:
        ids = (page.contained or {}).get(f"{stored.type}/{stored.id}", ())
        if not ids:
            async for entry in _whole([stored], "match", query, base, query.elements):
                yield entry
            continue
        resource = await event_loop.run(partial(fhir_json.parse, stored.body), stored.body)
        matching = frozenset(ids)
        for inner in resource["contained"]:
            if inner.get("id") in matching:
                body = await shown(fhir_json.dump(inner), query.summary, query.elements)
                url = f"{base}/{stored.type}/{stored.id}#{inner['id']}"
                yield respond.entry(url, body, search={"mode": "match"})
