"""create, update, patch and delete of one resource, with or without conditions (https://hl7.org/fhir/R4/http.html).

A request and an entry of a batch are answered here. What the rules are stands in `intent`; a transaction commits the
intents of its entries together (`gateway.api.bundles.transaction`).
"""

from dataclasses import replace
from functools import partial

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.interactions import references
from gateway.api.interactions.condition import look_up, retry_while_condition_changes
from gateway.api.interactions.intent import Intent, Nothing, Reuse, check_request, intent, patched_version
from gateway.api.interactions.patch import patched
from gateway.api.process.deployment import Deployment
from gateway.api.reply import respond
from gateway.api.reply.respond import Reply
from gateway.fhir import validate
from gateway.fhir.fhir_json import Resource
from gateway.store.layout.records import Result


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Carry out a POST, PUT, PATCH or DELETE. Raises a GatewayError; then nothing was written."""
    await check(deployment, call)
    attempt = partial(_attempt, deployment, call, deployment.new_id())
    async with deployment.write_queues.hold([call.name] if call.change and call.id else ()):
        return await retry_while_condition_changes(attempt)


async def check(deployment: Deployment, call: Call) -> None:
    """Raise BadRequest or Invalid for a write that is wrong whatever the store holds."""
    check_request(call)
    if call.resource is not None:
        await check_valid(deployment, call.resource)


async def _attempt(deployment: Deployment, call: Call, new_id: str) -> Reply:
    decided = await decide(deployment, call, new_id)
    if isinstance(decided, Reuse | Nothing):
        return await reply(deployment, call, decided.unwritten)
    [result] = await references.commit(deployment, call.base, decided.write)
    return await reply(deployment, call, result)


async def decide(deployment: Deployment, call: Call, new_id: str) -> Intent:
    """Look up what the call depends on, and decide what it writes.

    new_id: the id of a resource that is created without one. Raises as `look_up` and `intent` do; for a patch also what
    the patch itself raises, and Invalid if the result is not valid.
    """
    situation = await look_up(deployment, call)
    if call.change is not None:
        resource = await patched(call.change, patched_version(call, situation))
        await check_valid(deployment, resource)
        call = replace(call, resource=resource)
    return intent(call, situation, new_id)


async def check_valid(deployment: Deployment, resource: Resource) -> None:
    """Raise Invalid if `resource` may not be stored, as `gateway.fhir.validate.check` does."""
    await event_loop.run(
        partial(validate.check, resource, strictness=deployment.strictness, profiles=deployment.profiles), resource
    )


async def reply(deployment: Deployment, call: Call, result: Result) -> Reply:
    """Count a write, and build its answer (https://hl7.org/fhir/R4/http.html#create)."""
    deployment.metrics.written(result.action)
    stored, returns = result.stored, call.prefer.returns
    if stored is None or stored.deleted:
        return respond.deleted(stored, returns)
    location = f"{call.base}/{stored.type}/{stored.id}/_history/{stored.version}"
    warnings = await references.warnings(deployment, call.base, stored) if returns == "OperationOutcome" else ()
    return respond.written(201 if result.action == "create" else 200, stored, returns, location, warnings)
