"""What a table of routes is made of, and how it is read by an entry of a Bundle, to which it offers the same."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.api.routing.content import NOTHING, Content
from gateway.errors import MethodNotAllowed, NotFound

Interaction = Callable[[Deployment, Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Offer:
    """An interaction, and what it wants to come with the request. `changes`: it is an operation that writes, which a
    transaction cannot hold."""

    interaction: Interaction
    content: Content = NOTHING
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """`path` as Starlette writes it, below the base. `type`: the resource type where the path names it literally."""

    path: str
    summary: str
    offers: Mapping[str, Offer]
    type: str = ""

    @property
    def methods(self) -> list[str]:
        return [*self.offers, *(["HEAD"] if "GET" in self.offers else [])]

    def offer(self, method: str) -> Offer:
        """HEAD is GET without its body. Raises MethodNotAllowed."""
        found = self.offers.get("GET" if method == "HEAD" else method)
        if found is None:
            raise MethodNotAllowed(f"{method} is not offered for this url", allow=", ".join(self.methods))
        return found


class Routes:
    """A table, by the number of parts of its paths; among those the first that fits counts, as over HTTP."""

    def __init__(self, table: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in table:
            parts = _parts(route.path)
            self._by_length.setdefault(len(parts), []).append((parts, route))

    def find(self, path: str) -> tuple[Route, dict[str, str]]:
        """The route of a path without slashes at its ends, and the path's variable parts. Raises NotFound."""
        given = _parts(path)
        for parts, route in self._by_length.get(len(given), ()):
            if all(map(_fits, parts, given)):
                variable = {part[1:-1]: one for part, one in zip(parts, given, strict=True) if part[:1] == "{"}
                return route, {"type": route.type, **variable}
        raise NotFound("nothing is served at this url")


def _fits(part: str, one: str) -> bool:
    """No operation is taken for a type or an id."""
    return one[:1] != "$" if part[:1] == "{" else part == one


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []
