"""Decide what one Write does to one resource, given the current version. Pure: no database, no clock."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from gateway import errors
from gateway.fhir import fhir_json
from gateway.fhir.same_content import same_content
from gateway.fhir.validate import validate
from gateway.search.indexing.index import index
from gateway.store.layout.fields import ACTION, BODY, BY_PUT, DELETED, ID, MAPPED_TO, ORIGIN, TYPE, UPDATED, VERSION
from gateway.store.layout.records import (
    Action,
    ChangeAction,
    ConditionChanged,
    DocumentMappings,
    MappedDocument,
    Resource,
    Result,
    Stored,
    Write,
)
from gateway.store.layout.schema import Document
from gateway.store.layout.stored import stored, version_fields
from gateway.store.write import admission
from gateway.store.write.body import Template, template

log = structlog.get_logger()
Project = Callable[[Stored], Sequence[MappedDocument]]
"""Returns the internal documents of a new version. `decide` calls it once the version is known."""

_SIZE_OF_DELETION = 200


def _no_documents(new: Stored) -> Sequence[MappedDocument]:
    return ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A Write with all that can be computed without knowing the current version.

    key: `Type/id`.
    template: the body but for the version; None deletes.
    fields: the index fields.
    project: returns the internal documents once the version is known.
    size: the bytes of the body; of a deletion, about those of its documents.
    """

    write: Write
    key: str
    template: Template | None = None
    fields: Document | None = None
    project: Project = _no_documents
    size: int = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.template) if self.template is not None else _SIZE_OF_DELETION
        object.__setattr__(self, "size", size)  # asked for several times per write, so computed once


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of a Write.

    change: None if there is no new version.
    current: the resource document before the write, None if the resource never existed.
    """

    prepared: Prepared
    result: Result
    change: ChangeAction | None
    current: Document | None
    projections: Sequence[MappedDocument] = ()


def prepare(write: Write, mappings: DocumentMappings) -> Prepared:
    """Serialize, index and map a resource: the costly part, done outside the transaction.

    A resource with faults is stored as it is, as far as possible. Raises Invalid if its structure is so wrong that it
    cannot be indexed or mapped, GatewayError if that happens with a valid resource (a fault of the gateway), and
    TooLarge if the resource cannot be stored as one document.
    """
    key = f"{write.type}/{write.id}"
    if write.resource is None:
        return Prepared(write, key)
    resource = write.resource if write.resource.get("id") == write.id else {**write.resource, "id": write.id}
    try:
        prepared = Prepared(write, key, template(resource, write.id), index(resource), _project(resource, mappings))
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise _unindexable(resource, error) from error
    admission.check_size(write, prepared.fields or {}, prepared.size)
    return prepared


def _unindexable(resource: Resource, error: Exception) -> errors.GatewayError:
    """Return the error to raise. It does not quote the text of `error`, which may quote the resource, and so
    patients."""
    kind, type_ = type(error).__name__, resource.get("resourceType")
    if any(issue.severity == "error" for issue in validate(resource)):
        return errors.Invalid(f"The structure of this {type_} cannot be indexed ({kind}).")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("valid but not indexed", type=type_, error=kind, at=f"{frame.filename}:{frame.lineno}")
    return errors.GatewayError(f"This {type_} cannot be indexed ({kind}), though it is valid: an internal error.")


def _project(resource: Resource, mappings: DocumentMappings) -> Project:
    """Map `resource` now, or later if its mapping is one of the few that read the version or its time."""
    if resource["resourceType"] in mappings.late:
        return lambda new: mappings.get(fhir_json.parse(new.body))
    projections = mappings.get(resource)
    return lambda new: projections


def decide(prepared: Prepared, current: Document | None, at: datetime) -> Decided:
    """Decide whether a write creates, updates, deletes or changes nothing.

    current: the resource document, None if the resource never existed.
    at: the time of the new version, if there is to be one.
    Raises PreconditionFailed if `if_match` is not the live version, ConditionChanged if `based_on` is not, TooLarge for
    an internal document that could not be stored, and Invalid for a write that gateway.store.write.admission refuses.
    """
    write, live = prepared.write, current is not None and not current[DELETED]
    if write.if_match is not None and (not live or current is None or current[VERSION] != write.if_match):
        now = f"is now at version {current[VERSION]}" if live and current else "does not exist"
        raise errors.PreconditionFailed(f"{prepared.key} {now}; the request was for another")
    if write.based_on is not None and write.based_on != (current[VERSION] if live and current else 0):
        raise ConditionChanged(f"{prepared.key} has changed in the meantime; try again")
    if write.if_absent and live:
        return _kept("exists", prepared, current)
    if prepared.template is None:
        return _changed("delete", prepared, current, at) if live else _kept("unchanged", prepared, current)
    admission.check_condition(write, prepared.fields or {}, at)
    if live and current:
        admission.check_complete(write, current)
    if live and current and same_content(prepared.template.at(current[VERSION], current[UPDATED]), current[BODY]):
        return _kept("unchanged", prepared, current)
    return _changed("update" if live else "create", prepared, current, at)


def _kept(action: Action, prepared: Prepared, current: Document | None) -> Decided:
    return Decided(prepared, Result(action, stored(current) if current else None), None, current)


def _changed(action: ChangeAction, prepared: Prepared, current: Document | None, at: datetime) -> Decided:
    write, version = prepared.write, current[VERSION] + 1 if current else 1
    body = prepared.template.at(version, at) if prepared.template else b""
    new = Stored(write.type, write.id, version, at, prepared.template is None, body, write.origin)
    projections = () if new.deleted else prepared.project(new)
    admission.check_documents(write, projections, prepared.size)
    return Decided(prepared, Result(action, new), action, current, projections)


def resource_document(decided: Decided) -> Document:
    """Return the new document of `resources`."""
    prepared, new = decided.prepared, decided.result.stored
    assert new is not None
    document: Document = {"_id": prepared.key, **version_fields(new), **(prepared.fields or {})}
    if decided.projections:
        document[MAPPED_TO] = [projection.collection for projection in decided.projections]
    return document


def feed_document(decided: Decided, seq: int) -> Document:
    """Return the new document of `feed`, for position `seq`."""
    new = decided.result.stored
    assert new is not None
    change = {
        "_id": seq,
        TYPE: new.type,
        ID: new.id,
        VERSION: new.version,
        ACTION: decided.change,
        UPDATED: new.updated,
        ORIGIN: new.origin,
    }
    return {**change, BY_PUT: True} if decided.prepared.write.by_put and decided.change == "create" else change
