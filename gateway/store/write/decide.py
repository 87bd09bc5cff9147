"""What one Write does to one resource, given what is there. Pure: no database, no clock."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway import errors
from gateway.fhir import fhir_json
from gateway.fhir.same_content import same_content
from gateway.fhir.validate import validate
from gateway.search.indexing.index import index
from gateway.store.layout.records import (
    Action,
    ChangeAction,
    ConditionChanged,
    Mappings,
    Projection,
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
Project = Callable[[Stored], Sequence[Projection]]
"""What the mappings make of a new version."""


def _nothing(new: Stored) -> Sequence[Projection]:
    return ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A Write with everything computed that does not depend on the current version."""

    write: Write
    key: str
    template: Template | None = None
    fields: Document | None = None
    project: Project = _nothing

    @property
    def size(self) -> int:
        return len(self.template) if self.template else 200


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of a Write. `change` is None when no new version comes of it."""

    prepared: Prepared
    result: Result
    change: ChangeAction | None
    current: Document | None
    projections: Sequence[Projection] = ()


def prepare(write: Write, mappings: Mappings) -> Prepared:
    """Serialises, indexes and maps: the costly part, done outside the transaction.

    Raises Invalid for a resource whose structure is so wrong that it cannot be indexed or mapped: what lenient sources
    send is stored with its faults as far as possible. Of a valid resource that would be a fault of ours, and is one.
    Raises TooLarge for a resource that could not be stored as one document.
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
    """Neither tells the text of the error, which may quote the resource."""
    kind, type_ = type(error).__name__, resource.get("resourceType")
    if any(issue.severity == "error" for issue in validate(resource)):
        return errors.Invalid(f"The structure of this {type_} cannot be indexed ({kind}).")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("valid but not indexed", type=type_, error=kind, at=f"{frame.filename}:{frame.lineno}")
    return errors.GatewayError(f"This {type_} cannot be indexed ({kind}), though it is valid: an internal error.")


def _project(resource: Resource, mappings: Mappings) -> Project:
    """Mapped at once, or, for the few mappings that read it, when version and time are known."""
    if resource["resourceType"] in mappings.late:
        return lambda new: mappings.get(fhir_json.parse(new.body))
    made = mappings.get(resource)
    return lambda new: made


def decide(prepared: Prepared, current: Document | None, at: datetime) -> Decided:
    """`current`: the stored document or None; `at`: when the new version would come to be.

    Raises PreconditionFailed when the write's if_match is not the live version, ConditionChanged when its based_on is
    not, TooLarge for an internal document that could not be stored, and Invalid for what
    `gateway.store.write.admission` refuses.
    """
    write, live = prepared.write, current is not None and not current["x"]
    if write.if_match is not None and (not live or current is None or current["v"] != write.if_match):
        now = f"is now at version {current['v']}" if live and current else "does not exist"
        raise errors.PreconditionFailed(f"{prepared.key} {now}; the request was for another")
    if write.based_on is not None and write.based_on != (current["v"] if live and current else 0):
        raise ConditionChanged(f"{prepared.key} has changed in the meantime; try again")
    if write.if_absent and live:
        return _kept("exists", prepared, current)
    if prepared.template is None:
        return _changed("delete", prepared, current, at) if live else _kept("unchanged", prepared, current)
    admission.check_condition(write, prepared.fields or {}, at)
    if live and current:
        admission.check_complete(write, current)
    if live and current and same_content(prepared.template.at(current["v"], current["u"]), current["b"]):
        return _kept("unchanged", prepared, current)
    return _changed("update" if live else "create", prepared, current, at)


def _kept(action: Action, prepared: Prepared, current: Document | None) -> Decided:
    return Decided(prepared, Result(action, stored(current) if current else None), None, current)


def _changed(action: ChangeAction, prepared: Prepared, current: Document | None, at: datetime) -> Decided:
    write, version = prepared.write, current["v"] + 1 if current else 1
    body = prepared.template.at(version, at) if prepared.template else b""
    new = Stored(write.type, write.id, version, at, prepared.template is None, body, write.origin)
    projections = () if new.deleted else prepared.project(new)
    admission.check_documents(write, projections, prepared.size)
    return Decided(prepared, Result(action, new), action, current, projections)


def resource_document(decided: Decided) -> Document:
    """The new content of `resources`."""
    prepared, new = decided.prepared, decided.result.stored
    assert new is not None
    document: Document = {"_id": prepared.key, **version_fields(new), **(prepared.fields or {})}
    if decided.projections:
        document["m"] = [one.collection for one in decided.projections]
    return document


def feed_document(decided: Decided, seq: int) -> Document:
    new = decided.result.stored
    assert new is not None
    change = {
        "_id": seq,
        "t": new.type,
        "i": new.id,
        "v": new.version,
        "a": decided.change,
        "u": new.updated,
        "o": new.origin,
    }
    return {**change, "p": True} if decided.prepared.write.by_put and decided.change == "create" else change
