"""Define the records that go into the store and come out of it: plain and frozen, without types of the database.

Times are aware UTC datetimes with millisecond precision. A version is an int that counts from 1 per resource. A `seq`
is a position in the change feed, counting from 1 without gaps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gateway import errors
from gateway.mapping.indexes import Index

if TYPE_CHECKING:
    from gateway.search.query import Query

Resource = dict[str, Any]
Key = tuple[str, str]
"""(resource type, logical id)"""

ChangeAction = Literal["create", "update", "delete"]
Action = Literal["create", "update", "delete", "unchanged", "exists"]


class ConditionChanged(errors.Conflict):
    """Raised when the query of a conditional write matches other resources than when it was looked up: try again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource.

    body: the complete FHIR JSON with id, meta.versionId and meta.lastUpdated, served as it is; empty if `deleted`.
    origin: who wrote it: api, internal, partner:<id> or risk:<model>.
    """

    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    body: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a write, judged inside the transaction.

    query: must still match exactly the resources with the ids `expected`.
    met_by_resource: the written resource must match `query` too. Otherwise Invalid is raised, because the request would
        not find what it wrote and would create another resource each time.
    """

    query: "Query"
    expected: tuple[str, ...] = ()
    met_by_resource: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A partner's resource that is the same as one of ours.

    remote_version: the version that agreed with ours last; "" if unknown.
    """

    partner: str
    remote_type: str
    remote_id: str
    remote_version: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, with our resource and the version of it that agreed with the partner's last."""

    link: Link
    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a resource in a source, as the source describes it.

    updated: meta.lastUpdated (of a deletion, response.lastModified) in microseconds since 1970; None if unknown.
    number: meta.versionId; "" if unknown.
    digest: the digest of the content; "" for a deletion.
    """

    updated: int | None = None
    number: str = ""
    digest: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The link from our resource `type`/`id` to a resource of an import's source.

    file: the file of the source that defined the resource first; "" while there are only references to it.
    digest: the digest of the content in that file; "" if equal content does not prove that two resources are the same.
    marks: facts about the person that distinguish resources with the same UUID.
    contested: whether another file of the same source gave the same id to another resource.
    stored: the version that was stored last; None before the first.
    place: the file of that version, and the place in it.
    seen: by place, the digest of the version that was last stored from there.
    by_request: whether a PUT of the source wrote the resource. References in files that name no server may mean it
        then.
    """

    type: str
    id: str
    source: str
    source_id: str
    file: str = ""
    digest: str = ""
    marks: tuple[str, ...] = ()
    contested: bool = False
    stored: Version | None = None
    place: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)
    by_request: bool = False

    @property
    def key(self) -> Key:
        """Type and id."""
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Write:
    """One intended change of a resource.

    resource: the new content; None deletes.
    origin: who writes: api, internal, partner:<id> or risk:<model>.
    if_match: the current version must be this one and live. Otherwise PreconditionFailed is raised.
    if_absent: leave a live resource alone, and report it as "exists" without an error.
    based_on: the live version that the write was decided on, 0 for none. If another is live now, ConditionChanged
        is raised.
    condition: if it is no longer met, ConditionChanged is raised.
    link: stored in the same transaction, with the resulting version of the resource, even if the resource does not
        change.
    by_put: whether the client chose the id. The history then shows a create as a PUT.
    needs: resources that must exist afterwards; see gateway.store.write.integrity.
    unreferred: delete only if no resource refers to this one; see gateway.store.write.integrity.
    """

    type: str
    id: str
    resource: Resource | None
    origin: str
    if_match: int | None = None
    if_absent: bool = False
    based_on: int | None = None
    condition: Condition | None = None
    link: Link | None = None
    by_put: bool = False
    needs: frozenset[Key] = frozenset()
    unreferred: bool = False

    @property
    def key(self) -> Key:
        """Type and id."""
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a Write.

    stored: the new version; for "unchanged" and "exists" the version that stays. None if a resource was to be deleted
        that never existed.
    """

    action: Action
    stored: Stored | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change feed."""

    seq: int
    type: str
    id: str
    version: int
    action: ChangeAction
    at: datetime
    origin: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version in a history.

    by_put: whether the client chose the id when it created the resource.
    """

    seq: int
    action: ChangeAction
    stored: Stored
    by_put: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a history.

    entries: newest first.
    total: the number of entries on all pages.
    next: the `before` of the next page; None on the last page.
    """

    entries: Sequence[HistoryEntry]
    total: int
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: work that failed for good and waits for a person.

    source, key: identify the letter. The same failure again counts as one more attempt of the same letter.
    payload: the input that failed, byte for byte; None if it was too large.
    first, last: the times of the first and the last attempt.
    """

    source: str
    key: str
    reason: str
    detail: str = ""
    payload: bytes | None = None
    attempts: int = 1
    first: datetime | None = field(default=None)
    last: datetime | None = field(default=None)


class MappedDocument(Protocol):
    """The internal document that a mapping makes of a resource.

    document: numbers are `decimal.Decimal`.
    stamp: identifies the version of the mapping.
    """

    @property
    def collection(self) -> str: ...
    @property
    def document(self) -> dict[str, Any]: ...
    @property
    def stamp(self) -> str: ...


class DocumentMappings(Protocol):
    """The mappings, as far as the store needs them; see gateway.mapping.Mappings.

    collections: by collection, the resource type that its documents are made of.
    stamps: by collection, what identifies the version of its mapping.
    indexes: by collection, the indexes that its mapping asks for.
    late: the types whose documents can be made only once version and time are known.
    get: returns the documents of a resource.
    """

    @property
    def collections(self) -> Mapping[str, str]: ...
    @property
    def stamps(self) -> Mapping[str, str]: ...
    @property
    def indexes(self) -> Mapping[str, Sequence[Index]]: ...
    @property
    def late(self) -> frozenset[str]: ...
    def get(self, resource: Resource, /) -> Sequence[MappedDocument]: ...
