"""Send what files ask for, count what happened, and keep what was refused as dead letters."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.errors import Issue
from gateway.fhir import fhir_json
from gateway.fhir.dates import parse_instant
from gateway.fhir.fhir_json import Resource
from gateway.fhir.outcome import outcome
from gateway.fhir.subsetted import is_subsetted
from gateway.intake import guard
from gateway.intake.items import ImportStep, Item, RefusedItem, Requests, payload
from gateway.intake.names import is_uuid
from gateway.intake.plan import ImportPlan
from gateway.intake.report import ImportReport, Refusal
from gateway.store import Store
from gateway.store.layout.records import Imported, Key, Letter, Stored, Version

SOURCE = "import"
"""The source of an import's dead letters."""

SHORTENED = "SUBSETTED"
READING = "a request that only reads"
_SHORTENED_DETAIL = "meta.tag says that elements were left out, and the complete resource is here"

Submit = Callable[[Resource], Awaitable[Resource]]
"""Sends a Bundle; returns the response Bundle, or the OperationOutcome of a transaction that failed as a whole."""

Progress = Callable[[int], None]
"""Called after each item with the number of its entries."""

Failure = tuple[Requests, Resource]
"""A Bundle that failed as a whole, and the OperationOutcome that says why."""


async def load(
    store: Store,
    submit: Submit,
    folders: Iterable[Sequence[Path]],
    *,
    source: str = "",
    progress: Progress = lambda entries: None,
    parallel: int = 4,
) -> ImportReport:
    """Load the files, `parallel` Bundles at a time. `source` names the source of all files, "" to find out each.

    A transaction that fails is tried again after its folder and after each later one, for as long as tries succeed:
    files come in any order, and some refer to what others create.
    """
    report = ImportReport()
    plan, sending = ImportPlan(store, source, report), Sending(store, submit, report, progress, parallel)
    failed: list[Failure] = []
    for files in folders:
        failed += await sending.all(plan.items(files))
        failed = await _again(sending, failed)
    await sending.all(plan.shortened())
    for requests, answer in failed:
        await sending.refuse_whole(requests, answer)
    return report


async def _again(sending: "Sending", failed: list[Failure]) -> list[Failure]:
    before = len(failed) + 1
    while 0 < len(failed) < before:
        before = len(failed)
        failed = await sending.all(_each([requests for requests, _ in failed]))
    return failed


async def _each(items: Iterable[Item]) -> AsyncIterator[Item]:
    for item in items:
        yield item


@dataclass
class Sending:
    """Sends items: several at a time, but never two that concern the same resource."""

    store: Store
    submit: Submit
    report: ImportReport
    progress: Progress
    parallel: int
    refused: set[str] = field(default_factory=set)
    _under_way: set[Key] = field(default_factory=set)
    _landed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self, items: AsyncIterator[Item]) -> list[Failure]:
        """Send every item once; return the transactions and batches that failed as a whole."""
        failed: list[Failure] = []

        async def work() -> None:
            while (item := await self._next(items)) is not None:
                try:
                    failed.extend(await self._send(item))
                finally:
                    await self._land(_keys(item))

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(self.parallel):
                    workers.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return failed

    async def _next(self, items: AsyncIterator[Item]) -> Item | None:
        """Return the next item once no other that concerns its resources is under way, None after the last."""
        async with self._turn:
            item = await anext(items, None)
            if item is not None:
                keys = _keys(item)
                async with self._landed:
                    await self._landed.wait_for(lambda: self._under_way.isdisjoint(keys))
                    self._under_way |= keys
            return item

    async def _land(self, keys: set[Key]) -> None:
        async with self._landed:
            self._under_way -= keys
            self._landed.notify_all()

    async def _send(self, item: Item) -> list[Failure]:
        if isinstance(item, RefusedItem):
            await self._refuse(item.path, Refusal(item.label, item.reason, item.detail), item.payload)
            self.progress(1)
            return []
        if isinstance(item, Requests):
            return await self._send_requests(item)
        await self._send_steps(item)
        self.progress(len(item))
        return []

    # --- batches and transactions of files

    async def _send_requests(self, item: Requests) -> list[Failure]:
        self.progress(len(item.entries))
        foreign = await self._foreign(item)
        if foreign and item.bundle["type"] == "transaction":
            return [(item, outcome([Issue("error", "conflict", text, _path(n)) for n, text in foreign.items()]))]
        for number, text in foreign.items():
            refusal = Refusal(item.label_of(number), "conflict", text)
            await self._refuse(item.path, refusal, item.payload([item.entries[number]]))
        started = datetime.now(UTC)
        item = item.without(foreign) if foreign else item
        answer = await self.submit(item.bundle)
        if answer.get("resourceType") != "Bundle":
            return [(item, answer)]
        done = list[int]()
        for number, (entry, response) in enumerate(zip(item.entries, _responses(answer), strict=True)):
            if _is_ok(response):
                self._count(item.path, entry, response, started)
                done.append(number)
            else:
                refusal = _refusal(item.label_of(number), response.get("outcome", {}), f"Bundle.entry[{number}]", entry)
                await self._refuse(item.path, refusal, item.payload([entry]))
        await self.store.imports.claim(item.claims(done))
        await self._forget([one for one in (item.label, *map(item.label_of, done)) if one not in self.refused])
        return []

    async def _foreign(self, item: Requests) -> dict[int, str]:
        """Return number -> reason for the entries that would write over a resource of another source."""
        records = await self.store.imports.find(item.keys)
        allowed = {item.source, str(Path(item.path).resolve().parent)}
        reasons = {}
        for number in range(len(item.entries)):
            record = records.get(item.key_of(number) or ("", ""))
            if (
                record is not None
                and not is_uuid(record.source_id)
                and record.source not in allowed
                and _is_firm(record)
            ):
                reasons[number] = f"{record.type}/{record.id} belongs to another source, {record.source}"
        return reasons

    async def refuse_whole(self, item: Requests, answer: Resource) -> None:
        """Keep a Bundle that failed as a whole in one letter."""
        refusal = _refusal(item.label, answer, "", None)
        await self._refuse(
            item.path, refusal, item.payload(item.bundle.get("entry")), entries=max(len(item.entries), 1)
        )

    # --- steps

    async def _send_steps(self, steps: list[ImportStep]) -> None:
        todo = await self._without_obstacle(steps)
        if not todo:
            return
        started = datetime.now(UTC)
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": [step.entry for step in todo]}
        answer = await self.submit(bundle)
        responses = _responses(answer) or [{"outcome": answer}] * len(todo)
        done = dict[Key, tuple[Version, str]]()
        for number, (step, response) in enumerate(zip(todo, responses, strict=True)):
            if _is_ok(response):
                self._count(step.path, step.entry, response, started)
                done |= {} if is_subsetted(step.resource or {}) else {step.key: (step.version, step.place_in_file)}
            else:
                refusal = _refusal(step.label, response.get("outcome", {}), f"Bundle.entry[{number}]", step.entry)
                await self._refuse(step.path, refusal, payload(step))
        await self.store.imports.record(done)
        await self._forget([step.label for step in todo if step.label not in self.refused])

    async def _without_obstacle(self, steps: list[ImportStep]) -> list[ImportStep]:
        """Return the steps to take; count the others as skipped, or keep them as letters."""
        records = await self.store.imports.find(step.key for step in steps)
        todo, skipped = [], []
        shortened = await self._complete(step for step in steps if is_subsetted(step.resource or {}))
        for step in steps:
            record = records.get(step.key)
            if step.key in shortened:
                await self._refuse(step.path, Refusal(step.label, SHORTENED, _SHORTENED_DETAIL), payload(step))
            elif reason := guard.obstacle(step, record):
                self.report.skip(step.path, reason)
                skipped.append(step.label)
            else:
                todo.append(step)
        await self._forget(skipped)
        return todo

    async def _complete(self, steps: Iterable[ImportStep]) -> set[Key]:
        """Return the keys of the steps whose complete resource is stored, under its id here or that of its source."""
        candidates = {step.key: {step.key, (step.key[0], step.source_id)} for step in steps}
        stored = await self.store.resources.read_many({key for keys in candidates.values() for key in keys})
        return {key for key, keys in candidates.items() if any(_is_complete(stored.get(each)) for each in keys)}

    # --- counts and letters

    def _count(self, path: str, entry: Any, response: dict[str, Any], started: datetime) -> None:
        request = entry["request"]
        if request["method"] == "DELETE":
            return self.report.delete(path)
        if request["method"] in ("GET", "HEAD"):
            return self.report.skip(path, READING)
        type_ = request["url"].strip("/").partition("?")[0].partition("/")[0]
        self.report.accept(path, type_, unchanged=_before(response, started))

    async def _refuse(self, path: str, refusal: Refusal, content: bytes, entries: int = 1) -> None:
        self.refused.add(refusal.label)
        self.report.refuse(path, refusal, entries)
        await self.store.letters.add(Letter(SOURCE, refusal.label, refusal.reason, refusal.detail, content))

    async def _forget(self, labels: Sequence[str]) -> None:
        """Remove the letters of what has been stored since, or is no longer needed."""
        if labels:
            await self.store.letters.remove_many(SOURCE, labels)


def _is_ok(response: dict[str, Any]) -> bool:
    return str(response.get("status", "")).startswith("2")


def _responses(answer: Resource) -> list[dict[str, Any]]:
    return [entry.get("response", {}) for entry in answer.get("entry", [])]


def _is_firm(record: Imported) -> bool:
    """Return whether the id is taken by its source. A claim that only a reference made, in a file that mentions no
    server, does not take the id: such a reference leads to whatever has the id here."""
    return record.stored is not None or not Path(record.source).is_absolute()


def _path(number: int) -> str:
    return f"Bundle.entry[{number}].request.url"


def _keys(item: Item) -> set[Key]:
    if isinstance(item, Requests):
        return item.keys
    return set() if isinstance(item, RefusedItem) else {step.key for step in item}


def _is_complete(stored: Stored | None) -> bool:
    return stored is not None and not stored.deleted and not is_subsetted(fhir_json.parse(stored.body))


def _before(response: dict[str, Any], moment: datetime) -> bool:
    """Return whether the version in the response was stored before `moment`."""
    text = response.get("lastModified")
    return isinstance(text, str) and parse_instant(text) < moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _refusal(label: str, outcome: Resource, path: str, entry: Any) -> Refusal:
    """The Bundle may be of our own making, so what is wrong is said of the resource; the label tells where that is."""
    resource = entry.get("resource") if isinstance(entry, dict) else None
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    issues = [issue for issue in outcome.get("issue", []) if issue.get("severity") in ("fatal", "error")]
    texts = [f"{issue.get('diagnostics', '')} ({', '.join(issue.get('expression', []))})" for issue in issues]
    detail = "; ".join(texts)
    if path:
        detail = detail.replace(f"{path}.resource", str(type_ or "resource")).replace(f"{path}.", "")
    reason = outcome["issue"][0].get("code", "processing") if outcome.get("issue") else "refused without a reason"
    return Refusal(label, reason, detail)
