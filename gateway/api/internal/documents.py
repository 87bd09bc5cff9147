"""Read documents: the list of collections, one document, the documents that meet conditions."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway import event_loop
from gateway.api.call.call import pairs
from gateway.api.internal import filters, pages, shape
from gateway.api.internal.known import ROOT, mapping_of, names
from gateway.api.internal.reply import answer, document_answer
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.errors import Gone, NotFound
from gateway.fhir import fhir_json
from gateway.fhir.bundle import is_id
from gateway.mapping import Mapping
from gateway.mapping.definition.view_definition import ViewMapping
from gateway.store.layout.stored import internal_document


async def collections(deployment: Deployment, request: Request) -> Response:
    """List the collections."""
    return answer({"collections": [await _told(deployment, name) for name in names(deployment)]})


async def _told(deployment: Deployment, name: str) -> dict[str, Any]:
    mapping = mapping_of(deployment, name)
    return {
        "name": name,
        "resource": mapping.resource,
        "writable": mapping.writable,
        "count": await deployment.store.internal.count(name),
        "fields": list(shape.told(shape.elements(mapping))),
    }


async def listed(deployment: Deployment, request: Request) -> Response:
    """Return `{<collection>: […], "next": address or null}`, with `count=true` also `total`.

    `stale` counts the listed documents that an earlier mapping made. They are shown as stored, because the conditions
    were compared with the stored values. `gateway map apply` makes them again.
    """
    collection = request.path_params["collection"]
    given = pairs(request.scope["query_string"].decode("latin-1"))
    mapping = mapping_of(deployment, collection)
    asked = filters.parse(shape.elements(mapping), given)
    after = pages.position(asked.after, asked.sort) if asked.after else None
    order = [(dotted, direction) for dotted, direction, _ in asked.sort]
    found = await deployment.store.internal.find_many(collection, asked.filter, order, asked.limit + 1, after)
    shown = found[: asked.limit]
    next_ = None
    if len(found) > asked.limit:
        kept = [pair for pair in given if pair[0] != "after"]
        query = urlencode([*kept, ("after", pages.mark(asked.sort, shown[-1]))])
        next_ = f"{ROOT}/{collection}?{query}"
    content: dict[str, Any] = {collection: shown, "next": next_}
    if stale := sum(document["fhir"].get("mapping") != mapping.stamp for document in shown):
        content["stale"] = stale
    if asked.count:
        content["total"] = await deployment.store.internal.count(collection, asked.filter)
    return answer(content)


async def read(deployment: Deployment, request: Request) -> Response:
    """Return one document, or 304 if the client already has this version of the FHIR resource."""
    collection, id_ = request.path_params["collection"], request.path_params["id"]
    mapping = mapping_of(deployment, collection)
    document = await deployment.store.internal.find(collection, id_) if is_id(id_) else None
    if document is None or document["fhir"].get("mapping") != mapping.stamp:
        document = await _made(deployment, mapping, id_)
    wanted = request.headers.get("if-none-match", "")
    unchanged = bool(wanted) and etags.none_match(wanted, document["fhir"]["version"])
    return document_answer(document, 304 if unchanged else 200)


async def _made(deployment: Deployment, mapping: Mapping | ViewMapping, id_: str) -> dict[str, Any]:
    """Map the resource now, because the stored document may still wait to be mapped again. Raises NotFound, Gone."""
    stored = await deployment.store.resources.read(mapping.resource, id_) if is_id(id_) else None
    if stored is not None and stored.deleted:
        raise Gone(f"{mapping.collection}/{id_} is deleted")
    body = stored.body if stored else b""
    projection = await event_loop.run(lambda: mapping.get(fhir_json.parse(body)), body) if body else None
    if stored is None or projection is None:
        raise NotFound(f"there is no document of this id in {mapping.collection}")
    return internal_document(projection, stored)
