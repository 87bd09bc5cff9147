"""What a transaction itself brings, and which of it its conditional references mean.

They are resolved last (https://hl7.org/fhir/R4/http.html#trules): a reference by search finds what the transaction
creates or changes, and no longer what it deletes. Of its own resources those are found that their index tokens tell of,
as identifiers, codes and names do; other criteria see the server as it was before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.api.api import Api
from gateway.api.call import Call, pairs
from gateway.api.interactions import condition_query
from gateway.errors import GatewayError, MultipleMatches, PreconditionFailed
from gateway.fhir import bundle, references
from gateway.fhir.bundle import Entry
from gateway.fhir.json import Resource
from gateway.search.index import index
from gateway.search.match import matches
from gateway.search.query import Query
from gateway.store.records import Condition


@dataclass(frozen=True, slots=True)
class Resolved:
    """An entry with everything decided: the `id` it is about ("" for a delete that meets nothing) and its guards.

    body: what is to be stored, its references as they came; None for a delete.
    writes: False for a conditional create that found its resource, and for a delete that found none.
    """

    entry: Entry
    call: Call
    id: str
    body: Resource | None = None
    writes: bool = True
    if_match: int | None = None
    condition: Condition | None = None

    @property
    def key(self) -> str:
        return f"{self.call.type}/{self.id}"


class Own:
    def __init__(self, resolved: Sequence[Resolved]) -> None:
        self._written = [item for item in resolved if item.writes]

    @cached_property
    def _tokens(self) -> dict[str, dict[str, frozenset[str] | None]]:
        """type -> id -> what the resource is found by once it is written; None if it is deleted."""
        found: dict[str, dict[str, frozenset[str] | None]] = {}
        for item in self._written:
            tokens = frozenset(index(item.body)["k"]) if item.body is not None else None
            found.setdefault(item.call.type, {})[item.id] = tokens
        return found

    async def look_up(self, api: Api, entry: Entry, resource: Resource, moved: dict[str, str]) -> bool:
        """Adds the target of each conditional reference in `resource` to `moved`; whether there were any. Raises
        PreconditionFailed, MultipleMatches, BadRequest, naming the element."""
        wanted = [(path, text) for path, text in references.references(resource) if bundle.is_conditional(text)]
        for path, reference in wanted:
            if reference in moved:
                continue
            type_, _, query = reference.partition("?")
            try:
                asked = await condition_query(api, "", type_, pairs(query))
                moved[reference] = f"{type_}/{await self._target(api, asked)}"
            except GatewayError as error:
                where = f"{entry.path}.resource.{path.partition('.')[2]}"
                raise type(error)(error.text, expression=where) from None
        return bool(wanted)

    async def _target(self, api: Api, query: Query) -> str:
        own = self._tokens.get(query.type or "", {})
        told = {id_: tokens is not None and matches(query, tokens) for id_, tokens in own.items()}
        stored = await api.store.matches(query, limit=2)
        if not own.keys().isdisjoint(stored):
            stored = await api.store.matches(query, limit=2 + len(own))
        found = [id_ for id_, holds in told.items() if holds] + [id_ for id_ in stored if told.get(id_) is None]
        if not found:
            raise PreconditionFailed("the conditional reference matches nothing")
        if len(found) > 1:
            raise MultipleMatches("the conditional reference matches more than one resource")
        return found[0]
