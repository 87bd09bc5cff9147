"""What a transaction itself brings, and which of it its conditional references mean.

They are resolved last (https://hl7.org/fhir/R4/http.html#trules): a reference by search finds what the transaction
creates or changes, and no longer what it deletes. The index fields of its own resources decide whether these
match: identifiers, codes, names, dates and the like. Criteria on other resources and on words see the server as it was
before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway import budget, event_loop
from gateway.api.call.call import Call, pairs
from gateway.api.interactions.interactions import condition_query
from gateway.api.process.deployment import Deployment
from gateway.errors import GatewayError, MultipleMatches, PreconditionFailed
from gateway.fhir import references
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import Query
from gateway.store.layout.records import Condition
from gateway.store.write.conditions import exact


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


Fields = dict[str, Any]
"""What the search index of a resource holds."""


@dataclass(slots=True)
class _OfType:
    """The resources of one type that a transaction writes.

    fields: id -> the index fields of the resource once it is written; None if it is deleted.
    holders: token -> the ids that have it.
    """

    fields: dict[str, Fields | None] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=dict)

    def add(self, id_: str, fields: Fields | None) -> None:
        self.fields[id_] = fields
        for token in fields["k"] if fields else ():
            self.holders.setdefault(token, set()).add(id_)

    async def judged(self, query: Query) -> tuple[set[str], set[str]]:
        """Return the ids of the resources that match, and those of resources whose fields do not decide.

        Nearly all conditions ask for one exact token. Then only its holders are looked up, so that thousands of
        references are not each compared with thousands of resources.
        """
        tokens = exact(query)
        if tokens is not None:
            return set().union(*(self.holders.get(token, ()) for token in tokens)), set()
        holding, unknown = set[str](), set[str]()
        for id_, fields in self.fields.items():
            budget.check()
            await event_loop.breathe()
            answer = fields is not None and matches(query, fields)
            if answer is not False:
                (holding if answer else unknown).add(id_)
        return holding, unknown


class Own:
    def __init__(self, resolved: Sequence[Resolved]) -> None:
        self._written = [item for item in resolved if item.writes]
        self._of_type: dict[str, _OfType] | None = None

    async def _of(self, type_: str) -> _OfType:
        """Return the resources of a type. The first call indexes those of all types."""
        if self._of_type is None:
            of_type = defaultdict[str, _OfType](_OfType)
            for item in self._written:
                of_type[item.call.type].add(item.id, await _fields(item))
            self._of_type = of_type
        return self._of_type.get(type_) or _OfType()

    async def look_up(self, deployment: Deployment, entry: Entry, resource: Resource, moved: dict[str, str]) -> bool:
        """Adds the target of each conditional reference in `resource` to `moved`; whether there were any. Raises
        PreconditionFailed, MultipleMatches, BadRequest, naming the element."""
        listed = await event_loop.run(lambda: list(references.references(resource)), resource)
        wanted = [(path, text) for path, text in listed if references.searched_type(text)]
        for path, reference in wanted:
            if reference in moved:
                continue
            await event_loop.breathe()
            type_, _, query = reference.partition("?")
            try:
                asked = await condition_query(deployment, "", type_, pairs(query))
                moved[reference] = f"{type_}/{await self._target(deployment, asked)}"
            except GatewayError as error:
                where = f"{entry.path}.resource.{path.partition('.')[2]}"
                raise type(error)(error.text, expression=where) from None
        return bool(wanted)

    async def _target(self, deployment: Deployment, query: Query) -> str:
        own = await self._of(query.type or "")
        holding, unknown = await own.judged(query)
        stored = await deployment.store.resources.matches(query, limit=2)
        if not own.fields.keys().isdisjoint(stored):
            stored = await deployment.store.resources.matches(query, limit=2 + len(own.fields))
        found = [*holding, *(id_ for id_ in stored if id_ not in own.fields or id_ in unknown)]
        if not found:
            raise PreconditionFailed("the conditional reference matches nothing")
        if len(found) > 1:
            raise MultipleMatches("the conditional reference matches more than one resource")
        return found[0]


async def _fields(item: Resolved) -> Fields | None:
    """Return the index fields of the resource that an entry writes; None for a delete."""
    if item.body is None:
        return None
    return {**await event_loop.run(partial(index, item.body), item.body), "_id": item.key}
