"""Define what a table of routes consists of, and search it for the entries of Bundles.

HTTP requests and Bundle entries use the same table, so that both are offered the same interactions.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.api.routing.content import NOTHING, Content
from gateway.api.server.failures import NOT_OFFERED, NOT_SERVED
from gateway.errors import MethodNotAllowed, NotFound

Interaction = Callable[[Deployment, Call], Awaitable[Reply]]
"""Carries out a call; raises a GatewayError if it fails."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An interaction that a route offers.

    content: what must come with the request.
    changes: whether it is an operation that writes, which a transaction does not offer.
    """

    interaction: Interaction
    content: Content = NOTHING
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A path, and what each method does there.

    path: as Starlette writes it, below the base.
    offers: method -> offer; HEAD comes with GET.
    type: the resource type if the path names one literally, else "".
    """

    path: str
    summary: str
    offers: Mapping[str, Offer]
    type: str = ""

    @property
    def methods(self) -> list[str]:
        """All methods that the path offers."""
        return [*self.offers, *(["HEAD"] if "GET" in self.offers else [])]

    def offer(self, method: str) -> Offer:
        """Return what a method does; HEAD does what GET does. Raises MethodNotAllowed."""
        offer = self.offers.get("GET" if method == "HEAD" else method)
        if offer is None:
            raise MethodNotAllowed(NOT_OFFERED, allow=", ".join(self.methods))
        return offer


NAME = "[^/$][^/]*"
"""Pattern of an id in a path. An operation, which begins with $, may stand in its place."""
KIND = "[A-Z][A-Za-z]*"
"""Pattern of a resource type in a path: no other word is taken for one, so that `PUT /metadata` is not allowed."""


class Routes:
    """A table of routes, searched by Bundle entries. The first route that fits counts, as over HTTP."""

    def __init__(self, table: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in table:
            parts = _parts(route.path)
            self._by_length.setdefault(len(parts), []).append((parts, route))

    def find(self, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route of a path, and the variable parts of the path. Raises NotFound."""
        values = _parts(path)
        for parts, route in self._by_length.get(len(values), ()):
            if all(map(_fits, parts, values)):
                variables = {part[1:-1]: value for part, value in zip(parts, values, strict=True) if part[:1] == "{"}
                return route, {"type": route.type, **variables}
        raise NotFound(NOT_SERVED)


_PATTERNS = {"{type}": re.compile(KIND), "{id}": re.compile(NAME)}
_ANY_VALUE = re.compile("[^/]+")


def _fits(part: str, value: str) -> bool:
    """Tell whether a part of a path is the one of the route, or may stand for its variable, as over HTTP."""
    return _PATTERNS.get(part, _ANY_VALUE).fullmatch(value) is not None if part[:1] == "{" else part == value


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []
