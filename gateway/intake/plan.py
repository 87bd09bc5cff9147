"""Turn files into items to send, in an order in which the newest version of each resource comes last.

The files of a folder are read twice: first to learn which ids they define, then to build the items. So a reference
leads to the right resource wherever in the folder this stands.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.r4 import resource_types
from gateway.fhir.subsetted import is_subsetted
from gateway.intake import drafts, links, marks, names, origin, requests
from gateway.intake.claims import Ambiguous, ClaimedDefinition, Claims
from gateway.intake.drafts import Draft, FileContent, ReadFault
from gateway.intake.files import FileRead, resources
from gateway.intake.guard import key_of
from gateway.intake.items import IN_BUNDLE, ImportStep, Item, RefusedItem, Requests
from gateway.intake.links import Links, LinkTarget
from gateway.intake.names import Name
from gateway.intake.origin import ImportOrigin
from gateway.intake.report import ImportReport
from gateway.store import Store
from gateway.store.layout.records import Key, Version

BATCH = 200
NEW_ID = "stored under a new id, because another source or a resource of this gateway has the id of the file"
ANSWER = "an answer of a server, or an entry without resource"
_AMBIGUOUS = (
    "it refers to an id that several files here give to different resources; import files that belong together with "
    "--source NAME"
)
_IN_MEMORY = 4 * 1024 * 1024  # of files; as Python values, and after decompression, a hundred times as much
_BUNDLE = "import "
"""Prefix of the states that hold the first origin of a Bundle, by its content."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One resource or Bundle of a file.

    requests: the batch or transaction, of which only the unconditional creates are drafts.
    places: of the entries that the drafts of `requests` are.
    mentioned: relative reference in `requests` -> name of what it means in the source.
    """

    path: str
    content: FileContent
    targets: list[dict[str, LinkTarget]]
    requests: Requests | None = None
    places: list[int] = field(default_factory=list)
    mentioned: Mapping[str, Name] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, content: FileContent) -> "_Part":
        content_links = Links.of(content)
        return cls(path, content, [links.targets(draft, content_links) for draft in content.drafts])

    @classmethod
    def of_requests(cls, requests_: Requests, origin_: ImportOrigin) -> "_Part":
        pairs = list(requests.creates(requests_.label, requests_.bundle, origin_))
        content = FileContent(origin_, [draft for _, draft in pairs])
        own = Links.of(content)
        about = [marks.subject_targets(draft, own) for draft in content.drafts]
        mentioned = requests.mentioned(requests_.bundle, origin_)
        return cls(requests_.path, content, about, requests_, [place for place, _ in pairs], mentioned)

    def linked(self) -> Iterator[LinkTarget]:
        return (target for targets in self.targets for target in targets.values())

    def define(self, claims: Claims, *, people: bool, shortened: bool) -> dict[Name, ClaimedDefinition]:
        """Return what the part says of names that several files may use. People come first: what is about them is told
        apart by whom it is about. Complete resources come before `shortened` ones, which must not take their ids."""
        definitions: dict[Name, ClaimedDefinition] = {}
        for draft, targets in zip(self.content.drafts, self.targets, strict=True):
            resource = draft.resource
            is_asked = (draft.name.type == "Patient") == people and draft.is_shortened == shortened
            if draft.name.file and is_asked and resource is not None:
                digest = "" if targets else draft.version.digest
                definitions[draft.name] = ClaimedDefinition(digest, _marks(resource, targets, claims))
        return definitions


def _marks(resource: Resource, targets: Mapping[str, LinkTarget], claims: Claims) -> tuple[str, ...]:
    if resource["resourceType"] == "Patient":
        return marks.person(resource)
    about = marks.subject(resource, targets)
    return (repr(about.in_file if claims.is_apart(about) else about.anywhere),) if about is not None else ()


@dataclass(slots=True)
class _Batch:
    """Steps to send together, at most one for each resource."""

    steps: list[ImportStep] = field(default_factory=list)
    keys: set[Key] = field(default_factory=set)

    def fits(self, step: ImportStep) -> bool:
        return len(self.steps) < BATCH and step.key not in self.keys

    def add(self, step: ImportStep) -> None:
        self.steps.append(step)
        self.keys.add(step.key)


class ImportPlan:
    """Turns files into items. `chosen` is the source that the user names, "" if the user names none."""

    def __init__(self, store: Store, chosen: str, report: ImportReport) -> None:
        self._store, self._chosen, self._report = store, chosen, report
        self._claims = Claims(store)
        self._shortened: list[ImportStep] = []
        self._path, self._lines = "", dict[int, tuple[Version, str]]()

    async def items(self, files: Sequence[Path]) -> AsyncIterator[Item]:
        """Yield the items of the files of one folder; shortened resources are kept for `shortened`."""
        reads = _repeatedly(files)
        async for portion in self._portions(reads()):
            if isinstance(portion, list):
                await self._define(portion)
        for file in files:
            self._report.of(str(file))
        async for item in self.sent(reads()):
            yield item

    async def _define(self, parts: Sequence[_Part]) -> None:
        self._claims.trim()
        for people in (True, False):
            await self._claims.read(target.name for part in parts for target in part.linked() if target.name.file)
            definitions: dict[Name, ClaimedDefinition] = {}
            for shortened, part in product((False, True), parts):
                new = part.define(self._claims, people=people, shortened=shortened)
                definitions |= {name: new[name] for name in new if not (shortened and name in definitions)}
            await self._claims.define(definitions)

    async def sent(self, reads: Iterable[FileRead]) -> AsyncIterator[Item]:
        """Yield the items of the reads, in their order."""
        batch = _Batch()
        async for portion in self._portions(reads):
            items = await self._steps(portion) if isinstance(portion, list) else [portion]
            for item in items:
                if batch.steps and not (isinstance(item, ImportStep) and batch.fits(item)):
                    yield batch.steps
                    batch = _Batch()
                if isinstance(item, ImportStep):
                    batch.add(item)
                else:
                    yield item
        if batch.steps:
            yield batch.steps

    async def shortened(self) -> AsyncIterator[Item]:
        """Yield the resources tagged SUBSETTED, after the complete ones, which they must not replace."""
        for step in self._shortened:
            yield [step]

    async def _portions(self, reads: Iterable[FileRead]) -> AsyncIterator[RefusedItem | list[_Part]]:
        """Yield the content of the reads in portions of about a batch, and what cannot be read."""
        parts, size = list[_Part](), 0
        for read in reads:
            part = await self._part(read)
            if isinstance(part, _Part):
                parts.append(part)
                size += len(part.targets) + 1
            if parts and (isinstance(part, RefusedItem) or size >= BATCH):
                yield parts
                parts, size = [], 0
            if isinstance(part, RefusedItem):
                yield part
        if parts:
            yield parts

    async def _part(self, read: FileRead) -> _Part | RefusedItem:
        resource = read.resource
        type_ = resource.get("resourceType") if resource is not None else None
        if resource is None or not isinstance(type_, str) or type_ not in resource_types():
            reason = read.fault or "not a FHIR R4 resource (resourceType)"
            return RefusedItem(read.label, read.path, reason, "", read.raw)
        origin_ = await self._origin(read)
        if type_ == "Bundle" and resource.get("type") in ("transaction", "batch"):
            return _Part.of_requests(Requests(read.label, read.path, resource, origin_.source), origin_)
        return _Part.of(read.path, drafts.content(read, self._chosen, origin_))

    async def _origin(self, read: FileRead) -> ImportOrigin:
        """Return the origin of a read. A copy of a Bundle that was imported before has the origin of that Bundle."""
        here = origin.origin_of(read, self._chosen)
        resource = read.resource or {}
        if resource.get("resourceType") != "Bundle" or here.is_consistent:
            return here
        key = _BUNDLE + names.digest(resource)
        before = await self._store.states.get(key)
        if before is None:
            await self._store.states.put(key, [here.source, here.file])
            return here
        return replace(here, source=before[0], file=before[1])

    async def _steps(self, parts: Sequence[_Part]) -> list[ImportStep | RefusedItem | Requests]:
        """Give ids to all resources and references of the parts."""
        self._claims.trim()
        await self._claim(parts)
        items: list[ImportStep | RefusedItem | Requests] = []
        for part in parts:
            if part.requests is not None:
                items.append(self._repeatable(part, part.requests))
                continue
            self._report.skip(part.path, ANSWER, part.content.skipped)
            items += [_refused(fault, part.path) for fault in part.content.faults]
            steps = [self._step(part, number) for number in range(len(part.targets))]
            for step in _history(steps) if part.content.is_history else self._once(steps):
                (self._shortened if _is_shortened(step) else items).append(step)  # type: ignore[arg-type]
        return items

    def _once(self, steps: Iterable[ImportStep | RefusedItem]) -> Iterator[ImportStep | RefusedItem]:
        """Refuse a line that gives the id of an earlier line to other content, unless the two are versions."""
        for step in steps:
            if (
                isinstance(step, RefusedItem)
                or _is_shortened(step)
                or step.label == step.path
                or IN_BUNDLE in step.label
            ):
                yield step
                continue
            if step.path != self._path:
                self._path, self._lines = step.path, {}
            before, label = self._lines.setdefault(hash(step.key), (step.version, step.label))
            if before.digest == step.version.digest or drafts.are_versions(before, step.version):
                yield step
            else:
                detail = f"{label} gives the same id to other content"
                yield _refused(ReadFault(step.label, drafts.DUPLICATE, detail, step.resource), step.path)

    def _repeatable(self, part: _Part, asked: Requests) -> Requests:
        ids = {place: self._id(draft) for place, draft in zip(part.places, part.content.drafts, strict=True)}
        ids_here = {text: self._claims.locate(name) for text, name in part.mentioned.items()}
        moved = {text: f"{part.mentioned[text].type}/{id_}" for text, id_ in ids_here.items() if id_}
        moved = {text: url for text, url in moved.items() if url != names.unversioned(text)}
        return replace(asked, bundle=requests.repeatable(requests.relinked(asked.bundle, moved), ids))

    async def _claim(self, parts: Sequence[_Part]) -> None:
        certain: dict[bool, list[Name]] = {True: [], False: []}
        uncertain: list[Name] = []
        for part in parts:
            for target in part.linked() if part.requests is None else ():
                group = certain[part.content.origin.is_consistent] if target.is_certain else uncertain
                group.append(target.name)
        drafted = [draft.name for part in parts for draft in part.content.drafts]
        await self._claims.claim([name for name in drafted if not name.is_unique])
        await self._claims.claim(certain[True])
        mentioned = [name for part in parts for name in part.mentioned.values()]
        await self._claims.claim([*certain[False], *mentioned], guests=True)
        await self._claims.read(uncertain)

    def _step(self, part: _Part, number: int) -> ImportStep | RefusedItem:
        draft = part.content.drafts[number]
        id_, resource = self._id(draft), draft.resource
        try:
            linked = resource and links.rewritten(resource, part.targets[number], self._claims.locate)
        except Ambiguous:
            return _refused(ReadFault(draft.label, "ambiguous reference", _AMBIGUOUS, resource), part.path)
        if linked is not None and linked.get("id") != id_:
            self._remark(draft, linked.get("id"))
            linked = {**linked, "id": id_}
        return ImportStep(draft.label, part.path, (draft.name.type, id_), linked, draft.version, draft.name.id)

    def _id(self, draft: Draft) -> str:
        return draft.name.derived_id if draft.name.is_unique else self._claims.locate(draft.name) or ""

    def _remark(self, draft: Draft, own: object) -> None:
        if draft.note or own is not None:
            self._report.remark(draft.note or NEW_ID, draft.label)


def _repeatedly(files: Sequence[Path]) -> Callable[[], Iterable[FileRead]]:
    """Return a function that reads the files from the start each time; small folders are kept in memory."""
    if sum(file.stat().st_size for file in files) > _IN_MEMORY:
        return lambda: (read for file in files for read in resources(file))
    kept = [read for file in files for read in resources(file)]
    return lambda: kept


def _is_shortened(step: ImportStep | RefusedItem) -> bool:
    return isinstance(step, ImportStep) and is_subsetted(step.resource or {})


def _refused(fault: ReadFault, path: str) -> RefusedItem:
    return RefusedItem(fault.label, path, fault.reason, fault.detail, fhir_json.dump(fault.content))


def _history(steps: Sequence[ImportStep | RefusedItem]) -> list[ImportStep | RefusedItem]:
    """Add to each version of a history which versions of its resource the history has."""
    places: dict[Key, dict[str, int]] = {}
    counts: dict[Key, int] = {}
    versions: list[ImportStep | RefusedItem] = []
    for step in steps:
        if isinstance(step, ImportStep):
            place = counts[step.key] = counts.get(step.key, -1) + 1
            history = places.setdefault(step.key, {})
            history[key_of(step.version)] = place
            step = replace(step, history=history, place=place)
        versions.append(step)
    return versions
