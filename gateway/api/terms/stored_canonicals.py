"""Stored resources by their canonical addresses (https://hl7.org/fhir/R4/references.html#canonical)."""

from collections.abc import Collection
from dataclasses import replace

from gateway.api.process.deployment import Deployment
from gateway.errors import TooCostly
from gateway.search.notation.values import escape
from gateway.search.query import parse
from gateway.store.layout.records import Stored

_PER_SEARCH, _MOST = 50, 1_000


async def stored(deployment: Deployment, type_: str, urls: Collection[str]) -> list[Stored]:
    """Return all versions, the latest written last. Raises TooCostly if there are too many to look at."""
    ordered, found = sorted(urls), list[Stored]()
    for start in range(0, len(ordered), _PER_SEARCH):
        some = ",".join(escape(url) for url in ordered[start : start + _PER_SEARCH])
        query = parse(type_, [("url", some), ("_sort", "_lastUpdated"), ("_count", str(_MOST))])
        page = await deployment.store.resources.search(query)
        versions = list(page.entries)
        while page.next is not None and len(versions) < _MOST:  # pages of large resources end early
            page = await deployment.store.resources.search(replace(query, page=page.next))
            versions += page.entries
        if page.next is not None:
            raise TooCostly(f"the request needs {type_} resources of which too many versions are stored")
        found += versions
    return found
