"""Answer searches by GET and POST: https://hl7.org/fhir/R4/http.html#search"""

from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.reply import searchset
from gateway.api.reply.respond import Reply
from gateway.api.terms.search_context import search_context
from gateway.errors import NotFound
from gateway.search.context import Context
from gateway.search.language.controls import types_of
from gateway.search.operations.compartments import compartment, members
from gateway.search.query import bind, parse_tree
from gateway.search.tree.clauses import Clause


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Answer with a Bundle of type searchset.

    Raises BadRequest; NotSupported, unless handling=lenient; NotFound for a compartment that R4 does not define.
    """
    within = _within(call)
    parsed = parse_tree(call.type or None, call.query, lenient=call.prefer.lenient)
    query = bind(parsed, await search_context(deployment, call.base, parsed.needs), within)
    return await searchset.reply(
        await deployment.store.resources.search(query), query, call.base, _path(call), call.presentation
    )


def _within(call: Call) -> tuple[Clause, ...]:
    """Return the clause of the compartment in the path, if there is one."""
    if call.within is None:
        return ()
    owner, id_ = call.within
    types = (call.type,) if call.type else types_of(None, call.query) or members(owner)
    if call.type and call.type not in members(owner):
        raise NotFound(f"the compartment of a {owner} holds no {call.type}")
    return (compartment(owner, id_, types, Context(call.base)),)


def _path(call: Call) -> str:
    if call.within is None:
        return call.type
    return "/".join((*call.within, call.type or "*"))
