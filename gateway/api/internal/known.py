"""Find the collections that the present mappings make."""

from collections.abc import Iterable
from typing import cast

from gateway.api.process.deployment import Deployment
from gateway.errors import MethodNotAllowed, NotFound
from gateway.mapping import Mapping, Mappings
from gateway.mapping.definition.view_definition import ViewMapping

ROOT = "/internal"
_READING = "GET, HEAD"


def mapping_of(deployment: Deployment, collection: str) -> Mapping | ViewMapping:
    """Return the mapping of a collection. Raises NotFound."""
    found = mappings(deployment).of(collection)
    if found is None:
        raise NotFound(f"there is no such collection; there are {', '.join(names(deployment))}")
    return found


def writable(deployment: Deployment, collection: str) -> Mapping:
    """Return the mapping of a collection with writable documents. Raises NotFound, MethodNotAllowed."""
    found = mapping_of(deployment, collection)
    if isinstance(found, Mapping):
        return found
    raise MethodNotAllowed(f"{collection} is a view: it can only be read", allow=_READING)


def mappings(deployment: Deployment) -> Mappings:
    """Return the present mappings; ask for each request, because they may be exchanged while the gateway runs."""
    return cast(Mappings, deployment.store.internal.mappings)


def names(deployment: Deployment) -> Iterable[str]:
    """Return the names of all collections."""
    return sorted(mappings(deployment).collections)
