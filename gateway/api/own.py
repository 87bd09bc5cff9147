"""What a transaction itself brings, and which of it its conditional references mean.

They are resolved last (https://hl7.org/fhir/R4/http.html#trules): a reference by search finds what the transaction
creates or changes, and no longer what it deletes. Its own resources are found by whatever their index fields tell, as
identifiers, codes, names and dates; criteria on other resources and on words see the server as it was before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway import budget
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


class Own:
    def __init__(self, resolved: Sequence[Resolved]) -> None:
        self._written = [item for item in resolved if item.writes]

    @cached_property
    def _fields(self) -> dict[str, dict[str, dict[str, Any] | None]]:
        """type -> id -> the index fields of the resource once it is written; None if it is deleted."""
        found: dict[str, dict[str, dict[str, Any] | None]] = {}
        for item in self._written:
            fields = {**index(item.body), "_id": item.key} if item.body is not None else None
            found.setdefault(item.call.type, {})[item.id] = fields
        return found

    @cached_property
    def _holders(self) -> dict[tuple[str, str], set[str]]:
        """(type, token) -> ids of the resources that will have it: of thousands of references each costs one look."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for type_, own in self._fields.items():
            for id_, fields in own.items():
                for token in fields["k"] if fields else ():
                    found[type_, token].add(id_)
        return found

    def _judged(self, query: Query) -> tuple[set[str], set[str]]:
        """The ids of those that will match, and of those of which their fields do not tell."""
        type_, tokens = query.type or "", exact(query)
        if tokens is not None:
            return set().union(*(self._holders.get((type_, token), ()) for token in tokens)), set()
        holding, unknown = set[str](), set[str]()
        for id_, fields in self._fields.get(type_, {}).items():
            budget.check()
            answer = fields is not None and matches(query, fields)
            if answer is not False:
                (holding if answer else unknown).add(id_)
        return holding, unknown

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
        own = self._fields.get(query.type or "", {})
        holding, unknown = self._judged(query)
        stored = await api.store.matches(query, limit=2)
        if not own.keys().isdisjoint(stored):
            stored = await api.store.matches(query, limit=2 + len(own))
        found = [*holding, *(id_ for id_ in stored if id_ not in own or id_ in unknown)]
        if not found:
            raise PreconditionFailed("the conditional reference matches nothing")
        if len(found) > 1:
            raise MultipleMatches("the conditional reference matches more than one resource")
        return found[0]
