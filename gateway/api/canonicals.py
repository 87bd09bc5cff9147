"""Stored resources by their canonical addresses (https://hl7.org/fhir/R4/references.html#canonical)."""

from collections.abc import Collection

from gateway.api.api import Api
from gateway.errors import BadRequest
from gateway.search.query import parse
from gateway.search.values import escape
from gateway.store.records import Stored

_PER_SEARCH = 50


async def stored(api: Api, type_: str, urls: Collection[str]) -> list[Stored]:
    """All versions, the latest written last. Raises BadRequest where there are too many to look at."""
    ordered, found = sorted(urls), list[Stored]()
    for start in range(0, len(ordered), _PER_SEARCH):
        some = ",".join(escape(url) for url in ordered[start : start + _PER_SEARCH])
        page = await api.store.search(parse(type_, [("url", some), ("_sort", "_lastUpdated"), ("_count", "1000")]))
        if page.next is not None:
            raise BadRequest(f"there are too many versions of each {type_} that is needed")
        found += page.entries
    return found
