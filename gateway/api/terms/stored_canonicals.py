"""Read stored resources by their canonical addresses (https://hl7.org/fhir/R4/references.html#canonical)."""

from collections.abc import Collection
from dataclasses import replace

from gateway.api.process.deployment import Deployment
from gateway.errors import TooCostly
from gateway.search.notation.values import escape
from gateway.search.query import parse
from gateway.store.layout.records import Stored

_ADDRESSES_PER_SEARCH = 50
_MOST_VERSIONS = 1_000
"""Resources that the addresses of one search may have, all versions counted."""


async def stored_canonicals(deployment: Deployment, type_: str, urls: Collection[str]) -> list[Stored]:
    """Return all resources of a type with one of these addresses, the latest written last. Raises TooCostly if there
    are too many."""
    ordered, resources = sorted(urls), list[Stored]()
    for start in range(0, len(ordered), _ADDRESSES_PER_SEARCH):
        values = ",".join(escape(url) for url in ordered[start : start + _ADDRESSES_PER_SEARCH])
        query = parse(type_, [("url", values), ("_sort", "_lastUpdated"), ("_count", str(_MOST_VERSIONS))])
        page = await deployment.store.resources.search(query)
        versions = list(page.entries)
        while page.next is not None and len(versions) < _MOST_VERSIONS:  # pages of large resources end early
            page = await deployment.store.resources.search(replace(query, page=page.next))
            versions += page.entries
        if page.next is not None:
            raise TooCostly(f"the request needs {type_} resources of which too many versions are stored")
        resources += versions
    return resources
