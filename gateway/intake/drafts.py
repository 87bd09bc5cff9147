"""Split a file's resource or Bundle into drafts: each resource with the name that its source has for it. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.fhir.dates import period
from gateway.fhir.fhir_json import Resource
from gateway.fhir.r4 import resource_types
from gateway.fhir.subsetted import is_subsetted
from gateway.intake import names
from gateway.intake.files import FileRead
from gateway.intake.names import Name
from gateway.intake.origin import ImportOrigin, origin_of
from gateway.store.layout.records import Version

KEPT_WHOLE = ("document", "message")
"""Types of Bundle that are stored themselves: they say who signed them, when, and under which identifier."""

SKIPPED = ("Parameters", "OperationOutcome", "CapabilityStatement")
"""Answers of servers, which come along in captured traffic and are no records."""

DUPLICATE = "duplicate"
INVALID_ID = "an id that is not valid was replaced"


@dataclass(frozen=True, slots=True)
class Draft:
    """A version of a resource before it has an id here.

    resource: its content; None for a deletion.
    full_url: the fullUrl of its entry, without a version; "" if it has none.
    note: what the user should know about it.
    """

    label: str
    name: Name
    resource: Resource | None
    version: Version
    full_url: str = ""
    note: str = ""

    @property
    def is_shortened(self) -> bool:
        """Whether the resource is tagged SUBSETTED."""
        return self.resource is not None and is_subsetted(self.resource)

    @property
    def base(self) -> str:
        """Return the server that the fullUrl names, "" if it names none."""
        literal = names.literal(self.full_url)
        return literal.base if literal else ""


@dataclass(frozen=True, slots=True)
class ReadFault:
    """A part of a file that cannot be imported, and why."""

    label: str
    reason: str
    detail: str
    content: Any


@dataclass(slots=True)
class FileContent:
    """All that a file, or one line of it, holds.

    is_history: whether the drafts of one name are its versions, oldest first.
    skipped: how many entries are answers of a server, or hold nothing.
    """

    origin: ImportOrigin
    drafts: list[Draft] = field(default_factory=list)
    faults: list[ReadFault] = field(default_factory=list)
    is_history: bool = False
    skipped: int = 0

    def fault(self, label: str, reason: str, detail: str, content: Any) -> None:
        """Add a fault."""
        self.faults.append(ReadFault(label, reason, detail, content))


def content(read: FileRead, chosen: str, origin: ImportOrigin | None = None) -> FileContent:
    """Return the content of a resource, or of a Bundle that is neither batch nor transaction.

    `chosen` is the source that the user names; `origin` replaces what the file says about its origin.
    """
    resource = read.resource or {}
    result = FileContent(origin or origin_of(read, chosen))
    if resource.get("resourceType") == "Bundle":
        _take_apart(read.label, resource, result)
    elif resource.get("resourceType") in SKIPPED:
        result.skipped += 1
    else:
        result.drafts.append(_draft(read.label, resource, "", result.origin, in_bundle=False))
    return result


def _take_apart(label: str, bundle: Resource, result: FileContent) -> None:
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        return result.fault(label, "invalid", "Bundle.entry must be an array", bundle)
    result.is_history = bundle.get("type") == "history"
    for number, entry in enumerate(entries):
        _add(f"{label}#Bundle.entry[{number}]", entry, result)
    result.drafts = _oldest_first(result.drafts) if result.is_history else _distinct(result)
    if bundle.get("type") in KEPT_WHOLE:
        result.drafts.append(_draft(label, bundle, "", result.origin, in_bundle=True))


def _add(label: str, entry: Any, result: FileContent) -> None:
    if not isinstance(entry, dict):
        return result.fault(label, "invalid", "an entry must be an object", entry)
    resource, full_url = entry.get("resource"), entry.get("fullUrl")
    full_url = names.unversioned(full_url) if isinstance(full_url, str) else ""
    if resource is None:
        return _add_deletion(label, entry, full_url, result)
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(type_, str) or type_ not in resource_types():
        return result.fault(label, "not a FHIR R4 resource", "resource.resourceType names no R4 type", entry)
    mode = entry.get("search", {}).get("mode") if isinstance(entry.get("search"), dict) else None
    if type_ in SKIPPED or mode == "outcome":
        result.skipped += 1
    else:
        draft = _draft(label, resource, full_url, result.origin, in_bundle=True)
        result.drafts.append(replace(draft, version=_updated(draft.version, entry)) if result.is_history else draft)


def _add_deletion(label: str, entry: dict[str, Any], full_url: str, result: FileContent) -> None:
    """Add the deletion in a history; skip an entry without resource in any other Bundle."""
    request = entry.get("request")
    if not result.is_history or not isinstance(request, dict) or request.get("method") != "DELETE":
        result.skipped += 1
        return
    url = str(request.get("url"))
    relative = url if url.startswith(("http://", "https://")) else url.lstrip("/")
    literal = names.literal(names.unversioned(relative).rstrip("/")) or names.literal(full_url)
    if literal is None:
        return result.fault(label, "invalid", "request.url must be Type/id to tell what was deleted", entry)
    base = (names.literal(full_url) or literal).base
    name = result.origin.definition(literal.type, literal.id, base)
    result.drafts.append(Draft(label, name, None, _updated(Version(deleted=True), entry), full_url))


def _draft(label: str, resource: Resource, full_url: str, origin: ImportOrigin, *, in_bundle: bool) -> Draft:
    name, note = _name(resource, full_url, origin, in_bundle=in_bundle)
    meta = resource.get("meta") if isinstance(resource.get("meta"), dict) else {}
    number = meta.get("versionId") if meta else None
    version = Version(
        _microseconds(meta.get("lastUpdated") if meta else None),
        number if isinstance(number, str) else "",
        names.digest(resource),
    )
    return Draft(label, name, resource, version, full_url, note)


def _name(resource: Resource, full_url: str, origin: ImportOrigin, *, in_bundle: bool) -> tuple[Name, str]:
    """Return the resource's name and a note. The id in the resource comes before the fullUrl, which is not stored."""
    type_, own_id, literal = str(resource["resourceType"]), resource.get("id"), names.literal(full_url)
    base = literal.base if literal else ""
    if own_id is not None:
        name = origin.definition(type_, own_id if isinstance(own_id, str) else repr(own_id), base)
        return name, "" if name.keeps_id else INVALID_ID
    if literal is not None and literal.type == type_:
        name = origin.definition(type_, literal.id, base)
        return name, "" if name.keeps_id else INVALID_ID
    if uuid := names.uuid_of(full_url):
        return origin.uuid(type_, uuid), ""
    if full_url:
        return origin.local(type_, full_url), ""
    return Name(origin.file if in_bundle else origin.source, type_, names.digest(resource)), ""


def _distinct(result: FileContent) -> list[Draft]:
    """Return the drafts with one name for each resource.

    Entries with the same id but different fullUrls are different resources, known by their fullUrls. Entries that
    differ in content alone contradict each other unless they are versions: the first is kept, the others are faults.
    A SUBSETTED one contradicts nothing: it is sent last, and refused where the complete one is.
    """
    by_name: dict[Name, list[Draft]] = defaultdict(list)
    for draft in result.drafts:
        by_name[draft.name].append(draft)
    shared = {name for name, drafts in by_name.items() if len({draft.full_url for draft in drafts}) > 1}
    kept: list[Draft] = []
    first: dict[Name, Draft] = {}
    for draft in result.drafts:
        if draft.name in shared and draft.full_url and not draft.base:
            draft = replace(draft, name=_by_url(draft, result.origin))
        if draft.is_shortened:
            kept.append(draft)
            continue
        before = first.setdefault(draft.name, draft)
        if before.version.digest != draft.version.digest and not are_versions(before.version, draft.version):
            text = f"{before.label} gives the same id to other content"
            result.fault(draft.label, DUPLICATE, text, draft.resource)
        else:
            kept.append(draft)
    return kept


def _by_url(draft: Draft, origin: ImportOrigin) -> Name:
    uuid = names.uuid_of(draft.full_url)
    return origin.uuid(draft.name.type, uuid) if uuid else origin.local(draft.name.type, draft.full_url)


def are_versions(one: Version, other: Version) -> bool:
    """Return whether the versions say which of them is newer."""
    if one.updated is not None and other.updated is not None and one.updated != other.updated:
        return True
    return bool(one.number and other.number and one.number != other.number)


def _oldest_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Sort the versions of each resource by their time or number, else against the order of the Bundle.

    A history lists the newest first (https://hl7.org/fhir/R4/http.html#history).
    """
    backwards = list(reversed(drafts))
    by_name: dict[Name, list[Draft]] = defaultdict(list)
    for draft in backwards:
        by_name[draft.name].append(draft)
    for versions in by_name.values():
        if all(draft.version.updated is not None for draft in versions):
            versions.sort(key=lambda draft: (draft.version.updated or 0, _number(draft.version)))
        elif all(draft.version.number.isdecimal() for draft in versions):
            versions.sort(key=lambda draft: _number(draft.version))
    queues = {name: iter(versions) for name, versions in by_name.items()}
    return [next(queues[draft.name]) for draft in backwards]


def _number(version: Version) -> int:
    return int(version.number) if version.number.isdecimal() else 0


def _updated(version: Version, entry: dict[str, Any]) -> Version:
    """Take time and version number from a history entry's response if the resource does not have them."""
    response = entry.get("response")
    if not isinstance(response, dict):
        return version
    etag = str(response.get("etag", "")).removeprefix("W/").strip('"')
    at = _microseconds(response.get("lastModified"))
    return replace(version, updated=at if version.updated is None else version.updated, number=version.number or etag)


def _microseconds(text: object) -> int | None:
    try:
        return period(text)[0] if isinstance(text, str) else None
    except ValueError:
        return None
