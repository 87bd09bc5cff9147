"""Resolve the conditional references of a transaction, `Patient?identifier=…`.

They are resolved last (https://hl7.org/fhir/R4/http.html#trules), so that they match what the transaction creates or
changes, and no longer what it deletes. Whether a resource of the transaction matches is read from its index fields:
identifiers, codes, names, dates and the like. Criteria on other resources and on words see the server as it was before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway import budget, event_loop
from gateway.api.bundles.entry_intents import EntryIntent
from gateway.api.call.call import pairs
from gateway.api.interactions.condition import condition_query
from gateway.api.process.deployment import Deployment
from gateway.errors import GatewayError, MultipleMatches, PreconditionFailed
from gateway.fhir import references
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.search.indexing.index import index
from gateway.search.match import matches
from gateway.search.query import Query
from gateway.store.write.conditions import exact_tokens

IndexFields = dict[str, Any]
"""What the search index of a resource holds."""


@dataclass(slots=True)
class _WrittenOfType:
    """The resources of one type that a transaction writes.

    fields: id -> the index fields of the resource once it is written; None if it is deleted.
    holders: index token -> the ids of the resources that have it.
    """

    fields: dict[str, IndexFields | None] = field(default_factory=dict)
    holders: dict[str, set[str]] = field(default_factory=dict)

    def add(self, id_: str, fields: IndexFields | None) -> None:
        """Add a resource; `fields` is None if it is deleted."""
        self.fields[id_] = fields
        for token in fields["k"] if fields else ():
            self.holders.setdefault(token, set()).add(id_)

    async def judge(self, query: Query) -> tuple[set[str], set[str]]:
        """Return the ids of the resources that match, and those of resources whose index fields do not decide.

        Nearly all conditions ask for one exact token. Then only its holders are looked up, so that thousands of
        references are not each compared with thousands of resources.
        """
        tokens = exact_tokens(query)
        if tokens is not None:
            return set().union(*(self.holders.get(token, ()) for token in tokens)), set()
        matching, undecided = set[str](), set[str]()
        for id_, fields in self.fields.items():
            budget.check()
            await event_loop.breathe()
            verdict = fields is not None and matches(query, fields)
            if verdict is not False:
                (matching if verdict else undecided).add(id_)
        return matching, undecided


class WrittenResources:
    """The resources that a transaction writes, searchable by conditional references."""

    def __init__(self, intents: Sequence[EntryIntent]) -> None:
        self._written = [item for item in intents if item.writes]
        self._by_type: dict[str, _WrittenOfType] | None = None

    async def resolve(self, deployment: Deployment, entry: Entry, resource: Resource, targets: dict[str, str]) -> bool:
        """Add the target of each conditional reference in `resource` to `targets`; tell whether there were any.

        Raises PreconditionFailed, MultipleMatches or BadRequest, naming the element.
        """
        listed = await event_loop.run(lambda: list(references.references(resource)), resource)
        conditional = [(path, text) for path, text in listed if references.searched_type(text)]
        for path, reference in conditional:
            if reference in targets:
                continue
            await event_loop.breathe()
            type_, _, criteria = reference.partition("?")
            try:
                query = await condition_query(deployment, "", type_, pairs(criteria))
                targets[reference] = f"{type_}/{await self._target_id(deployment, query)}"
            except GatewayError as error:
                expression = f"{entry.path}.resource.{path.partition('.')[2]}"
                raise type(error)(error.text, expression=expression) from None
        return bool(conditional)

    async def _target_id(self, deployment: Deployment, query: Query) -> str:
        written = await self._of_type(query.type or "")
        matching, undecided = await written.judge(query)
        stored = await deployment.store.resources.matches(query, limit=2)
        if not written.fields.keys().isdisjoint(stored):  # look beyond those that the transaction replaces
            stored = await deployment.store.resources.matches(query, limit=2 + len(written.fields))
        ids = [*matching, *(id_ for id_ in stored if id_ not in written.fields or id_ in undecided)]
        if not ids:
            raise PreconditionFailed("the conditional reference matches nothing")
        if len(ids) > 1:
            raise MultipleMatches("the conditional reference matches more than one resource")
        return ids[0]

    async def _of_type(self, type_: str) -> _WrittenOfType:
        """Return the resources of a type. The first call indexes those of all types."""
        if self._by_type is None:
            by_type = defaultdict[str, _WrittenOfType](_WrittenOfType)
            for item in self._written:
                by_type[item.call.type].add(item.intent.id, await _index_fields(item))
            self._by_type = by_type
        return self._by_type.get(type_) or _WrittenOfType()


async def _index_fields(item: EntryIntent) -> IndexFields | None:
    """Return the index fields of the resource that an entry writes; None for a delete."""
    if item.resource is None:
        return None
    return {**await event_loop.run(partial(index, item.resource), item.resource), "_id": item.key}
