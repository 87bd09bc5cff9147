"""The collections there are, told by the mappings at the time of the request."""

from collections.abc import Iterable
from typing import cast

from gateway.api.process.deployment import Api
from gateway.errors import MethodNotAllowed, NotFound
from gateway.mapping import Mapping, Mappings
from gateway.mapping.definition.view_definition import ViewMapping

ROOT = "/internal"
_READING = "GET, HEAD"


def mapping_of(api: Api, collection: str) -> Mapping | ViewMapping:
    """The mapping of a collection. Raises NotFound."""
    found = mappings(api).of(collection)
    if found is None:
        raise NotFound(f"there is no such collection; there are {', '.join(names(api))}")
    return found


def writable(api: Api, collection: str) -> Mapping:
    """The mapping of a collection whose documents can be written. Raises NotFound, MethodNotAllowed."""
    found = mapping_of(api, collection)
    if isinstance(found, Mapping):
        return found
    raise MethodNotAllowed(f"{collection} is a view: it can only be read", allow=_READING)


def mappings(api: Api) -> Mappings:
    """Asked for each request: they may be exchanged while the gateway runs."""
    return cast(Mappings, api.store.internal.mappings)


def names(api: Api) -> Iterable[str]:
    return sorted(mappings(api).collections)
