"""Write documents: each edit becomes a new version of the FHIR resource, from which the document follows.

Without If-Match an edit applies to the current version, and is repeated if another write came first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from gateway import event_loop
from gateway.api.call.call import base_of
from gateway.api.interactions import references
from gateway.api.interactions.condition import Attempt, retry_while_condition_changes
from gateway.api.internal import given
from gateway.api.internal.given import Document
from gateway.api.internal.known import ROOT, writable
from gateway.api.internal.reply import document_answer
from gateway.api.internal.validity import check_edit
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import etags
from gateway.errors import BadRequest, Conflict, Gone, NotFound
from gateway.fhir import fhir_json
from gateway.fhir.bundle import ID_TEXT, is_id
from gateway.mapping import Mapping
from gateway.mapping.attached import EditedResource, EditWarning
from gateway.mapping.values.edits import plain
from gateway.store.layout.records import Result, Stored, Write
from gateway.store.layout.stored import internal_document

ORIGIN = "internal"

Warnings = Sequence[EditWarning]

Edited = tuple[Result, Warnings]
"""The result of an edit, and warnings for its author."""

Wanted = Callable[[Stored | None], Document]
"""The document that is to be, given what is there (None: nothing)."""


@dataclass(frozen=True, slots=True)
class EditTarget:
    """A document to edit, and the FHIR base of its resource."""

    deployment: Deployment
    mapping: Mapping
    id: str
    base: str

    @property
    def name(self) -> str:
        """The name of the document in texts."""
        return f"{self.mapping.collection}/{self.id}"

    async def current(self) -> Stored | None:
        """Return the live version, None if there is none."""
        stored = await self.deployment.store.resources.read(self.mapping.resource, self.id)
        return stored if stored and not stored.deleted else None

    async def existing(self) -> Stored:
        """Return the live version. Raises NotFound, Gone."""
        stored = await self.deployment.store.resources.read(self.mapping.resource, self.id) if is_id(self.id) else None
        if stored is None:
            raise NotFound(f"there is no document of this id in {self.mapping.collection}")
        if stored.deleted:
            raise Gone(f"{self.name} is deleted")
        return stored


def _target(deployment: Deployment, request: Request, id_: str = "") -> EditTarget:
    mapping = writable(deployment, request.path_params["collection"])
    return EditTarget(deployment, mapping, id_ or request.path_params["id"], base_of(request, deployment))


async def create(deployment: Deployment, request: Request) -> Response:
    """Create a document under a new id."""
    target = _target(deployment, request, deployment.new_id())
    document = await given.document(request, deployment)
    if "_id" in document:
        raise BadRequest("a new document is given its _id; to choose one, PUT it there", expression="_id")
    return await _written(target, *await _write(target, None, document))


async def update(deployment: Deployment, request: Request) -> Response:
    """Replace a whole document. What the new one lacks is removed."""
    target, wanted = _target(deployment, request), given.precondition_of(request)
    document = await given.document(request, deployment)
    if not is_id(target.id) or document.get("_id", target.id) != target.id:
        raise BadRequest(f"{ID_TEXT}; _id must be that of the address", expression="_id")

    async def attempt() -> Edited:
        current = await target.current()
        wanted.check("the document", current.version if current else None)
        _check_mapping(target.mapping, document)
        return await _write(target, current, document)

    return await _written(target, *await _in_turn(target, attempt))


async def patch(deployment: Deployment, request: Request) -> Response:
    """Apply a JSON Patch or merge patch to a document."""
    target, wanted = _target(deployment, request), given.precondition_of(request)
    change = await given.change(request, deployment)

    async def attempt() -> Edited:
        current = await target.existing()
        wanted.check("the document", current.version)
        document = await event_loop.in_thread(lambda: change(_document(target.mapping, current)))
        return await _write(target, current, document)

    return await _written(target, *await _in_turn(target, attempt))


async def delete(deployment: Deployment, request: Request) -> Response:
    """Delete the resource of a document."""
    target, wanted = _target(deployment, request), given.precondition_of(request)

    async def attempt() -> None:
        current = await target.existing()
        wanted.check("the document", current.version)
        based_on = current.version if wanted.given else None
        write = Write(target.mapping.resource, target.id, None, ORIGIN, based_on=based_on)
        [result] = await references.commit(deployment, target.base, write)
        deployment.metrics.written(result.action)

    await retry_while_condition_changes(attempt)
    return Response(status_code=204)


async def _in_turn(target: EditTarget, attempt: Attempt[Edited]) -> Edited:
    """Edit after other edits of the document by this process, which would only find that it has changed."""
    async with target.deployment.write_queues.hold([f"{target.mapping.resource}/{target.id}"]):
        return await retry_while_condition_changes(attempt)


async def _write(target: EditTarget, current: Stored | None, document: Document) -> Edited:
    """Commit the edited resource.

    Raises Invalid if the document cannot be written or makes invalid FHIR, ConditionChanged if `current` is outdated.
    """
    deployment, mapping = target.deployment, target.mapping
    before = current.body if current else b""
    resource, warnings = await event_loop.run(partial(_edited, target, before, document), [document, before])
    write = Write(mapping.resource, target.id, resource, ORIGIN, based_on=current.version if current else 0)
    [result] = await references.commit(deployment, target.base, write)
    deployment.metrics.written(result.action)
    return result, warnings


def _edited(target: EditTarget, before: bytes, document: Document) -> EditedResource:
    """Apply `document` to the resource in `before`, b"" for a new one; return the resource and warnings."""
    original = fhir_json.parse(before) if before else None
    settled = target.mapping.edit({**document, "_id": target.id}, original)
    check_edit(original, settled.resource, strictness=target.deployment.strictness, profiles=target.deployment.profiles)
    return settled


async def _written(target: EditTarget, result: Result, warnings: Warnings) -> Response:
    """Return the document as it is stored now, with `fhir.warnings` if any, its address and that of its resource."""
    stored = result.stored
    assert stored is not None
    headers = {"Content-Location": f"{target.base}/{stored.type}/{stored.id}/_history/{stored.version}"}
    status = 201 if result.action == "create" else 200
    if status == 201:
        headers["Location"] = f"{ROOT}/{target.name}"
    document = await target.deployment.store.internal.find(target.mapping.collection, target.id)
    if document is None:  # somebody has deleted it since
        return Response(None, status, {**headers, "ETag": etags.etag(stored.version)})
    if warnings:
        document = {**document, "fhir": {**document["fhir"], "warnings": [warning._asdict() for warning in warnings]}}
    return document_answer(document, status, headers)


def _document(mapping: Mapping, current: Stored) -> Document:
    """Return the document of a stored version as readers get it."""
    found: Document = plain(internal_document(mapping.get(fhir_json.parse(current.body)), current))
    return found


def _check_mapping(mapping: Mapping, document: Document) -> None:
    """Refuse a document that was read under another mapping: writing it would remove what that mapping did not map."""
    reflects = document.get("fhir")
    made_by = reflects.get("mapping") if isinstance(reflects, dict) else None
    if made_by not in (None, mapping.stamp):
        raise Conflict("the mapping has changed since this document was read; read it again", expression="fhir.mapping")
