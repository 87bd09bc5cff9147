"""Answer `$meta`, `$meta-add` and `$meta-delete`: the profiles, tags and security labels of resources.

https://hl7.org/fhir/R4/resource-operation-meta.html. Labels are part of a resource's bytes, and versions never change.
So adding or deleting a label makes a new version, unless nothing changes, and labels of a superseded version can be
read only.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from gateway import event_loop
from gateway.api.call.call import Call
from gateway.api.interactions import read, write
from gateway.api.process.deployment import Deployment
from gateway.api.protocol.negotiation import Preference
from gateway.api.reply.respond import Reply
from gateway.errors import BadRequest
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import check

Meta = dict[str, Any]

_LISTS = ("profile", "security", "tag")


async def answer(deployment: Deployment, call: Call) -> Reply:
    """Return the labels of a version, a resource, a type or everything. Raises NotFound, Gone."""
    if not call.id:
        return _returned(await _in_use(deployment, call))
    one = replace(call, if_none_match="", if_modified_since="", query=())
    reply = await (read.vread(deployment, one) if call.version else read.read(deployment, one))
    return await _of(reply)


async def _in_use(deployment: Deployment, call: Call) -> Meta:
    found = await deployment.store.resources.labels([call.type] if call.type else r4.resource_types())
    lists: Meta = {"profile": [address for _, address in found["_profile"]]}
    for name in ("security", "tag"):
        lists[name] = [
            {"system": system, "code": code} if system else {"code": code} for system, code in found[f"_{name}"]
        ]
    return {name: items for name, items in lists.items() if items}


async def add(deployment: Deployment, call: Call) -> Reply:
    """Add labels to a resource. Raises BadRequest, Invalid, NotFound, Gone, PreconditionFailed."""
    return await _changed(deployment, call, _added)


async def delete(deployment: Deployment, call: Call) -> Reply:
    """Delete labels of a resource. Raises BadRequest, Invalid, NotFound, Gone, PreconditionFailed."""
    return await _changed(deployment, call, _without)


async def _changed(deployment: Deployment, call: Call, work: Callable[[list[Any], list[Any]], list[Any]]) -> Reply:
    """Change the labels of the current version by `work`, which takes (present labels, labels in the request)."""
    given = await _given(call)

    def change(resource: Resource) -> Resource:
        meta: Meta = dict(resource.get("meta", {}))
        for name in _LISTS:
            if items := work(meta.pop(name, []), given.get(name, [])):
                meta[name] = items
        return {**resource, "meta": meta}

    preference = Preference("representation")
    patch = replace(call, method="PATCH", resource=None, change=change, query=(), prefer=preference)
    return await _of(await write.answer(deployment, patch))


async def _given(call: Call) -> Meta:
    parameters = call.required_resource()
    if parameters.get("resourceType") != "Parameters":
        raise BadRequest("the body must be Parameters", expression="resourceType")
    await event_loop.run(partial(check, parameters), parameters)
    metas = [one for one in parameters.get("parameter", []) if one.get("name") == "meta"]
    if len(metas) != 1 or "valueMeta" not in metas[0]:
        raise BadRequest("one parameter meta, a valueMeta, is needed", expression="Parameters.parameter")
    found: Meta = metas[0]["valueMeta"]
    return found


def _added(there: list[Any], given: list[Any]) -> list[Any]:
    known = {_identity(item) for item in there}
    fresh = {_identity(item): item for item in reversed(given) if _identity(item) not in known}
    return [*there, *reversed(fresh.values())]


def _without(there: list[Any], given: list[Any]) -> list[Any]:
    gone = {_identity(item) for item in given}
    return [item for item in there if _identity(item) not in gone]


def _identity(item: Any) -> Any:
    """Return what identifies a label: system and code of a tag or security label, the address of a profile."""
    return (item.get("system"), item.get("code")) if isinstance(item, dict) else item


async def _of(reply: Reply) -> Reply:
    resource = await event_loop.run(partial(fhir_json.parse, reply.body), reply.body)
    return replace(_returned(resource.get("meta", {})), stored=reply.stored)


def _returned(meta: Meta) -> Reply:
    """Return Parameters, empty if there are no labels, because a parameter without a value is invalid."""
    parameters = {"parameter": [{"name": "return", "valueMeta": meta}]} if meta else {}
    return Reply(200, fhir_json.dump({"resourceType": "Parameters", **parameters}))
