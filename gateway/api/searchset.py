"""The Bundle that answers a search (https://hl7.org/fhir/R4/bundle.html#searchset), joined from stored bytes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from gateway.api import respond
from gateway.api.call import Pairs
from gateway.api.respond import Reply
from gateway.api.subset import subset
from gateway.fhir import json
from gateway.fhir.outcome import outcome
from gateway.search.query import Query
from gateway.store.records import Stored
from gateway.store.search import Page


def reply(page: Page, query: Query, base: str, path: str, presentation: Pairs = ()) -> Reply:
    """`path`: what was searched, below `base`; "" is everything. `presentation`: what else links repeat, so that
    following pages come in the same format."""
    query = replace(query, used=query.used + presentation)
    here = query.used + ((("_page", query.page),) if query.page else ())
    links = [_link(base, path, "self", here)]
    if page.next is not None:
        links.append(_link(base, path, "next", (*query.used, ("_page", page.next))))
    return Reply(200, respond.bundle("searchset", _entries(page, query, base), total=page.total, link=links))


def _link(base: str, path: str, relation: str, query: Pairs) -> dict[str, str]:
    url = f"{base}/{path}" if path else base
    return {"relation": relation, "url": f"{url}?{urlencode(query, safe=':,/')}" if query else url}


def _entries(page: Page, query: Query, base: str) -> Iterator[bytes]:
    if query.summary != "count":
        if page.contained is None:
            yield from _found(page.entries, "match", query, base, query.elements)
        else:
            yield from _contained(page, query, base)
        yield from _found(page.included, "include", query, base)  # "elements […] does not apply to included resources"
    if query.warnings:
        yield respond.entry("", json.dump(outcome(query.warnings)), search={"mode": "outcome"})


def _found(
    found: Iterable[Stored], mode: str, query: Query, base: str, elements: Sequence[str] = ()
) -> Iterator[bytes]:
    search = b'"search":{"mode":"%s"}}' % mode.encode()
    for stored in found:
        body = subset(stored.body, query.summary, elements)
        url = json.dump(f"{base}/{stored.type}/{stored.id}")
        yield b'{"fullUrl":' + url + b',"resource":' + body + b"," + search


def _contained(page: Page, query: Query, base: str) -> Iterator[bytes]:
    """The resources within others themselves, each under the address of the one that contains it
    (https://hl7.org/fhir/R4/search.html#contained); one that is not within another, as it is."""
    for stored in page.entries:
        ids = (page.contained or {}).get(f"{stored.type}/{stored.id}", ())
        if not ids:
            yield from _found([stored], "match", query, base, query.elements)
            continue
        for inner in json.parse(stored.body)["contained"]:
            if inner.get("id") in ids:
                body = subset(json.dump(inner), query.summary, query.elements)
                url = f"{base}/{stored.type}/{stored.id}#{inner['id']}"
                yield respond.entry(url, body, search={"mode": "match"})
