"""What a transaction itself brings, and which of it its conditional references mean.

They are resolved last (https://hl7.org/fhir/R4/http.html#trules): a reference by search finds what the transaction
creates or changes, and no longer what it deletes. Of its own resources those are found that their index tokens tell of,
as identifiers, codes and names do; other criteria see the server as it was before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway import event_loop
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
from gateway.store.conditions import exact
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


@dataclass(slots=True)
class _OfType:
    """Resources of one type. `tokens`: id -> what it is found by once it is written; None if it is deleted. `holders`:
    token -> the ids that have it."""

    tokens: dict[str, frozenset[str] | None] = field(default_factory=dict)
    holders: dict[str, list[str]] = field(default_factory=dict)

    def add(self, id_: str, tokens: frozenset[str] | None) -> None:
        self.tokens[id_] = tokens
        for token in tokens or ():
            self.holders.setdefault(token, []).append(id_)

    async def told(self, query: Query) -> dict[str, bool | None]:
        """id -> whether the resource matches; None: tokens alone do not tell. What is left out does not match.

        Nearly all conditions ask for one exact token: then its holders are all that is looked at, for in a transaction
        of thousands each of thousands of references would be held against each resource.
        """
        tokens = exact(query)
        if tokens is not None:
            return {id_: True for token in tokens for id_ in self.holders.get(token, ())}
        told: dict[str, bool | None] = {}
        for id_, held in self.tokens.items():
            await event_loop.breathe()
            told[id_] = held is not None and matches(query, held)
        return told


async def _tokens(body: Resource) -> frozenset[str]:
    found = await event_loop.run(partial(index, body), body)
    return frozenset(found["k"])


class Own:
    def __init__(self, resolved: Sequence[Resolved]) -> None:
        self._written = [item for item in resolved if item.writes]
        self._of_type: dict[str, _OfType] | None = None

    async def _of(self, type_: str) -> "_OfType":
        """The resources of a type, indexed when the first conditional reference asks for any."""
        if self._of_type is None:
            found = defaultdict[str, _OfType](_OfType)
            for item in self._written:
                tokens = await _tokens(item.body) if item.body is not None else None
                found[item.call.type].add(item.id, tokens)
            self._of_type = found
        return self._of_type.get(type_) or _OfType()

    async def look_up(self, api: Api, entry: Entry, resource: Resource, moved: dict[str, str]) -> bool:
        """Adds the target of each conditional reference in `resource` to `moved`; whether there were any. Raises
        PreconditionFailed, MultipleMatches, BadRequest, naming the element."""
        listed = await event_loop.run(lambda: list(references.references(resource)), resource)
        wanted = [(path, text) for path, text in listed if bundle.is_conditional(text)]
        for path, reference in wanted:
            if reference in moved:
                continue
            await event_loop.breathe()
            type_, _, query = reference.partition("?")
            try:
                asked = await condition_query(api, "", type_, pairs(query))
                moved[reference] = f"{type_}/{await self._target(api, asked)}"
            except GatewayError as error:
                where = f"{entry.path}.resource.{path.partition('.')[2]}"
                raise type(error)(error.text, expression=where) from None
        return bool(wanted)

    async def _target(self, api: Api, query: Query) -> str:
        own = await self._of(query.type or "")
        told = await own.told(query)
        stored = await api.store.matches(query, limit=2)
        if not own.tokens.keys().isdisjoint(stored):
            stored = await api.store.matches(query, limit=2 + len(own.tokens))
        found = [id_ for id_, holds in told.items() if holds]
        found += [id_ for id_ in stored if id_ not in own.tokens or (id_ in told and told[id_] is None)]
        if not found:
            raise PreconditionFailed("the conditional reference matches nothing")
        if len(found) > 1:
            raise MultipleMatches("the conditional reference matches more than one resource")
        return found[0]
