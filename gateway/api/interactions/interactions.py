"""read, vread, create, update, delete, and their conditional forms (https://hl7.org/fhir/R4/http.html).

Each takes a `Call` and gives a `Reply`, or raises a GatewayError: handlers and Bundle entries share them.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call, Pairs, pairs
from gateway.api.interactions import references
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.api.reply.subset import view
from gateway.api.terms.search_context import context_of
from gateway.errors import BadRequest, Busy, Conflict, Gone, MultipleMatches, NotFound, PreconditionFailed
from gateway.fhir.bundle import ID_TEXT, check_id, is_id
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import check
from gateway.search.query import Query, parse
from gateway.store.layout.records import Condition, ConditionChanged, Result, Stored, Write

ORIGIN = "api"
TRIES = 5
"""How often a condition that changed under our hands is resolved again before the client is told to."""


async def read(deployment: Deployment, call: Call) -> Reply:
    stored = await deployment.store.resources.read(call.type, call.id) if is_id(call.id) else None
    return await _fresh(_live(stored, call.name), call)


async def vread(deployment: Deployment, call: Call) -> Reply:
    version = etags.version(call.version)
    known = is_id(call.id) and version != etags.NEVER
    stored = await deployment.store.resources.vread(call.type, call.id, version) if known else None
    return await _fresh(_live(stored, f"this version of {call.name}"), call)


def _live(stored: Stored | None, name: str) -> Stored:
    if stored is None:
        raise NotFound(f"{name} is not known")
    if stored.deleted:
        raise Gone(f"{name} is deleted")
    return stored


async def _fresh(stored: Stored, call: Call) -> Reply:
    """304 when the client has it already; If-None-Match outranks If-Modified-Since (RFC 9110 13.1.3)."""
    if call.if_none_match:
        unchanged = etags.none_match(call.if_none_match, stored.version)
    else:
        unchanged = bool(call.if_modified_since) and etags.unmodified(call.if_modified_since, stored.updated)
    if unchanged:
        return Reply(304, stored=stored)
    return Reply(200, await view(dict(call.query)).of(stored.body), stored)


async def create(deployment: Deployment, call: Call) -> Reply:
    await check_valid(deployment, resource(call))
    if call.if_none_exist or _has_condition(call):
        return await settled(lambda: _create_once(deployment, call))
    return await commit(deployment, call, Write(call.type, deployment.new_id(), call.resource, ORIGIN))


def _has_condition(call: Call) -> bool:
    """`_summary` and `_elements` may come with every interaction; of a Binary clients tell the name of a file there."""
    return call.type != "Binary" and any(name not in ("_summary", "_elements") for name, _ in call.query)


async def _create_once(deployment: Deployment, call: Call) -> Reply:
    query = await condition_query(deployment, call.base, call.type, create_condition(call))
    found = await matching(deployment, query)
    if found:
        return await reply(
            deployment,
            call,
            Result("exists", _live(await deployment.store.resources.read(call.type, found), f"{call.type}/{found}")),
        )
    condition = Condition(query, (), met_by_resource=True)
    return await commit(
        deployment, call, Write(call.type, deployment.new_id(), call.resource, ORIGIN, condition=condition)
    )


async def update(deployment: Deployment, call: Call) -> Reply:
    if call.id:
        check_id(call.type, call.id, resource(call).get("id"))
    await check_valid(deployment, resource(call))
    return await (_update_one(deployment, call) if call.id else settled(lambda: _update_matching(deployment, call)))


async def _update_one(deployment: Deployment, call: Call) -> Reply:
    if_match, absent = await expected(deployment, call, call.id), must_be_absent(call)
    write = Write(call.type, call.id, call.resource, ORIGIN, if_match=if_match, if_absent=absent, by_put=True)
    return await commit(deployment, call, write)


async def _update_matching(deployment: Deployment, call: Call) -> Reply:
    """https://hl7.org/fhir/R4/http.html#cond-update"""
    query = await condition_query(deployment, call.base, call.type, call.query)
    found = await matching(deployment, query)
    id_ = updated_id(found, resource(call), deployment.new_id)
    write = Write(
        call.type,
        id_,
        {**resource(call), "id": id_},
        ORIGIN,
        if_match=await expected(deployment, call, id_),
        if_absent=not found or must_be_absent(call),
        condition=Condition(query, (found,) if found else (), met_by_resource=True),
        by_put=True,
    )
    return await commit(deployment, call, write)


def updated_id(found: str, resource: Resource, new_id: Callable[[], str]) -> str:
    """Where a conditional update writes: the match, else the id that the client chose, else a new one."""
    own = resource.get("id")
    if own is not None and not is_id(own):
        raise BadRequest(ID_TEXT, expression=f"{resource['resourceType']}.id")
    if found and own not in (None, found):
        text = "the query matches a resource with another id than the body"
        raise BadRequest(text, expression=f"{resource['resourceType']}.id")
    return found or own or new_id()


async def delete(deployment: Deployment, call: Call) -> Reply:
    if call.id:
        if not is_id(call.id):
            return respond.deleted(None, call.prefer.returns)
        if_match = await expected(deployment, call, call.id)
        return await commit(deployment, call, Write(call.type, call.id, None, ORIGIN, if_match=if_match))
    return await settled(lambda: _delete_matching(deployment, call))


async def _delete_matching(deployment: Deployment, call: Call) -> Reply:
    """https://hl7.org/fhir/R4/http.html#cdelete, single mode."""
    query = await condition_query(deployment, call.base, call.type, call.query)
    found = await matching(deployment, query)
    if not found:
        return respond.deleted(None, call.prefer.returns)
    if_match = await expected(deployment, call, found)
    condition = Condition(query, (found,))
    return await commit(deployment, call, Write(call.type, found, None, ORIGIN, if_match=if_match, condition=condition))


async def check_valid(deployment: Deployment, resource: Resource) -> None:
    """Raise Invalid if `resource` may not be stored, as `gateway.fhir.validate.check` does."""
    await event_loop.run(
        partial(check, resource, strictness=deployment.strictness, profiles=deployment.profiles), resource
    )


def resource(call: Call) -> Resource:
    if call.resource is None:
        raise BadRequest("a resource is needed")
    return call.resource


def create_condition(call: Call) -> Pairs:
    """If-None-Exist is a query alone; the standard's examples and many clients write `Type?query`, HAPI's the URL.

    Some clients put the condition into the URL instead: not to see it there would make doubles.
    """
    if call.if_none_exist:
        return pairs(call.if_none_exist.removeprefix(f"{call.base}/").removeprefix(call.type).removeprefix("?"))
    return call.query


async def condition_query(deployment: Deployment, base: str, type_: str, parameters: Pairs) -> Query:
    """The search of a conditional write: strict, and never without a criterion, which would match everything."""
    query = parse(type_, parameters, context=await context_of(deployment, base, parameters))
    if not query.clauses or not all(value for _, value in parameters):
        raise BadRequest("a condition needs search parameters, each with a value")
    return query


async def matching(deployment: Deployment, query: Query) -> str:
    """The id of the one match, "" for none. Raises MultipleMatches."""
    found = await deployment.store.resources.matches(query, limit=2)
    if len(found) > 1:
        raise MultipleMatches("the condition matches more than one resource")
    return found[0] if found else ""


async def expected(deployment: Deployment, call: Call, id_: str) -> int | None:
    """The version that If-Match asks for: of several the current one, with `*` whichever is. Raises
    PreconditionFailed; the store judges again."""
    wanted = etags.if_match(call.if_match)
    if wanted is None or len(wanted) == 1:
        return None if wanted is None else min(wanted)
    stored = await deployment.store.resources.read(call.type, id_)
    if stored is None or stored.deleted:
        raise PreconditionFailed(f"{call.type}/{id_} does not exist")
    if wanted and stored.version not in wanted:
        raise PreconditionFailed(f"{call.type}/{id_} is now at version {stored.version}; the request was for others")
    return stored.version


def must_be_absent(call: Call) -> bool:
    """`If-None-Match: *` on a write: only create. A version there has no meaning for writes."""
    if call.if_none_match.strip() not in ("", "*"):
        raise BadRequest("If-None-Match of an update can only be *")
    return bool(call.if_none_match)


async def settled(attempt: Callable[[], Awaitable[Reply]]) -> Reply:
    """Resolves and writes again as long as somebody else changes what the condition matches."""
    for _ in range(TRIES):
        try:
            return await attempt()
        except ConditionChanged:
            continue
    raise restless()


def restless() -> Busy:
    return Busy("what the condition matches keeps changing; try again")


async def commit(deployment: Deployment, call: Call, write: Write) -> Reply:
    [result] = await references.commit(deployment, call.base, write)
    deployment.metrics.written(result.action)
    if result.action == "exists" and not call.if_none_exist:
        raise _exists(call, write)
    return await reply(deployment, call, result)


def _exists(call: Call, write: Write) -> Conflict | PreconditionFailed:
    if call.if_none_match:
        return PreconditionFailed(f"{write.type}/{write.id} exists")
    return Conflict(f"{write.type}/{write.id} exists, but does not match the query")


async def reply(deployment: Deployment, call: Call, result: Result) -> Reply:
    """What a write answers (https://hl7.org/fhir/R4/http.html#create)."""
    stored = result.stored
    if stored is None or stored.deleted:
        return respond.deleted(stored, call.prefer.returns)
    location = f"{call.base}/{stored.type}/{stored.id}/_history/{stored.version}"
    told = await references.warnings(deployment, call.base, stored) if call.prefer.returns == "OperationOutcome" else ()
    return respond.written(201 if result.action == "create" else 200, stored, call.prefer.returns, location, told)
