"""Look up what a conditional write depends on, and look again while others change it.

A condition has two outcomes for every verb, no match or a single match; several matches are an error (412). The store
checks inside its transaction that what was looked up still holds, and raises ConditionChanged if not.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.api.call.call import Call, Pairs
from gateway.api.interactions.intent import UNCONDITIONAL, Situation, current_id
from gateway.api.process.deployment import Deployment
from gateway.api.terms.search_context import search_context
from gateway.errors import BadRequest, Busy, MultipleMatches
from gateway.fhir.bundle import is_id
from gateway.search.query import Query, bind, parse_tree
from gateway.store.layout.records import ConditionChanged

ATTEMPTS = 5
"""How often a write is decided anew, because others changed what it depends on, before the client must try again."""

T = TypeVar("T")

Attempt = Callable[[], Awaitable[T]]
"""One try: it looks up what the write depends on, decides, and commits."""


async def retry_while_condition_changes(attempt: Attempt[T]) -> T:
    """Run `attempt` again as long as it raises ConditionChanged. Raises Busy after ATTEMPTS tries."""
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except ConditionChanged:
            continue
    raise Busy("what the write depends on keeps changing; try again")


async def look_up(deployment: Deployment, call: Call) -> Situation:
    """Find the match of a conditional write, and the current version if a rule depends on it.

    Raises BadRequest for a condition that is no proper search, MultipleMatches, and TooCostly.
    """
    if not call.is_conditional:
        return UNCONDITIONAL
    query, match = None, ""
    if (criteria := call.criteria) is not None:
        query = await condition_query(deployment, call.base, call.type, criteria)
        match = await single_match(deployment, query)
    id_ = current_id(call, match)
    current = await deployment.store.resources.read(call.type, id_) if is_id(id_) else None
    return Situation(query, match, current)


async def single_match(deployment: Deployment, query: Query) -> str:
    """Return the id of the one resource that matches, "" if none does. Raises MultipleMatches."""
    matches = await deployment.store.resources.matches(query, limit=2)
    if len(matches) > 1:
        raise MultipleMatches("the condition matches more than one resource")
    return matches[0] if matches else ""


async def condition_query(deployment: Deployment, base: str, type_: str, criteria: Pairs) -> Query:
    """Read the criteria of a condition as a search.

    Raises BadRequest if there is no criterion, as that would match everything, or a criterion has no value.
    """
    parsed = parse_tree(type_, criteria)
    query = bind(parsed, await search_context(deployment, base, parsed.needs))
    if not query.clauses or not all(value for _, value in criteria):
        raise BadRequest("a condition needs search parameters, each with a value")
    return query
