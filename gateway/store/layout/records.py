"""What goes into the store and what comes out: plain frozen records, no database types.

Times are aware UTC datetimes with millisecond precision. A version is an int counting from 1 per resource; a `seq` is
a position in the change feed, counting from 1 without gaps.
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
    """A conditional interaction was resolved, but its query matches something else by now: resolve again and retry."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a resource. `body` is the complete FHIR JSON with id, meta.versionId and meta.lastUpdated set, to
    be served untouched; empty when `deleted`."""

    type: str
    id: str
    version: int
    updated: datetime
    deleted: bool
    body: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class Condition:
    """`query` must still match exactly the resources with the ids `expected`, judged inside the transaction.

    met_by_resource: the written resource must match it too, else Invalid is raised: the request would not find what it
        wrote, and would create another one each time.
    """

    query: "Query"
    expected: tuple[str, ...] = ()
    met_by_resource: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Crosswalk: the resource is `remote_type/remote_id`, in version `remote_version` ("" unknown), at `partner`."""

    partner: str
    remote_type: str
    remote_id: str
    remote_version: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link together with the local version it was last seen to agree with."""

    link: Link
    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a resource, as its source describes it.

    updated: meta.lastUpdated (of a deletion, response.lastModified) in microseconds since 1970; None if unknown.
    number: meta.versionId; "" if unknown.
    digest: of the content; "" for a deletion.
    """

    updated: int | None = None
    number: str = ""
    digest: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The link from our resource `type`/`id` to a resource of an import's source.

    file: the file of the source that defined the resource first; "" while there are only references to it.
    digest: of the content in that file; "" if equal content would not prove that two resources are the same.
    marks: facts about the person that distinguish resources with the same UUID.
    contested: whether another file of the same source gave the same id to another resource.
    stored: the version that was stored last; None before the first.
    place: the file of that version and the place in it.
    seen: place -> digest of the version that was last stored from there.
    by_request: whether a PUT of the source wrote it, so that references in files that mention no server may mean it.
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
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Write:
    """One intended change. `resource` None deletes. `origin`: api, internal, partner:<id> or risk:<model>.

    if_match: the live current version must be exactly this, else PreconditionFailed.
    if_absent: a live resource is left alone and reported as "exists", without error.
    based_on: the live version that the write was decided on, 0 for none; another one now -> ConditionChanged.
    condition: see Condition; differs -> ConditionChanged.
    link: stored in the same transaction together with the resulting local version, also when nothing else changes.
    by_put: whoever asks for it chose the id; history tells a create so.
    needs: resources that must be there afterwards. unreferred: to be deleted only if nothing refers to it. See
    gateway.store.write.integrity.
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
        return self.type, self.id


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a Write. For "unchanged" and "exists" `stored` is what was there before; it is None only where
    something was to be deleted that never existed."""

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
    """`by_put`: a create under an id that its client chose."""

    seq: int
    action: ChangeAction
    stored: Stored
    by_put: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`entries` newest first; `next` is the `before` of the following page, None on the last one; `total` counts all
    pages."""

    entries: Sequence[HistoryEntry]
    total: int
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: work that failed for good and waits for a person. (`source`, `key`) identifies it, so the same
    failure seen again is one letter with one more attempt. `payload` is the offending input, byte for byte."""

    source: str
    key: str
    reason: str
    detail: str = ""
    payload: bytes | None = None
    attempts: int = 1
    first: datetime | None = field(default=None)
    last: datetime | None = field(default=None)


class Projection(Protocol):
    """The internal document a mapping makes of a resource. Decimals are `decimal.Decimal`; `stamp` is the mapping's."""

    @property
    def collection(self) -> str: ...
    @property
    def document(self) -> dict[str, Any]: ...
    @property
    def stamp(self) -> str: ...


class Mappings(Protocol):
    """What the store needs of `gateway.mapping.Mappings`.

    `collections`: collection -> the resource type it is made of; `stamps` and `indexes`: collection -> what its mapping
    is known by, and asks for;
    `late`: the types whose documents can be made only once version and time are known.
    """

    @property
    def collections(self) -> Mapping[str, str]: ...
    @property
    def stamps(self) -> Mapping[str, str]: ...
    @property
    def indexes(self) -> Mapping[str, Sequence[Index]]: ...
    @property
    def late(self) -> frozenset[str]: ...
    def get(self, resource: Resource, /) -> Sequence[Projection]: ...
