"""Send the Bundles, count what happened, and keep what was refused as dead letters."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.fhir import json
from gateway.fhir.json import Resource
from gateway.intake.bundles import Item, Refused
from gateway.store.records import Letter

SOURCE = "import"
"""The source of an import's dead letters."""

Submit = Callable[[Resource], Awaitable[Resource]]
"""Sends a Bundle; returns the response Bundle, or the OperationOutcome of a transaction that failed as a whole."""

Failure = tuple[Item, Resource]
"""A transaction that failed as a whole, and the OperationOutcome that says why."""


@dataclass
class Report:
    """Entries by what became of them, and the first reasons of those refused."""

    stored: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def refuse(self, reason: str) -> None:
        self.refused += 1
        self.reasons[reason] += 1


async def load(
    groups: Iterable[Iterable[Item | Refused]],
    submit: Submit,
    keep: Callable[[Letter], Awaitable[object]],
    progress: Callable[[int], None] = lambda entries: None,
    *,
    parallel: int = 4,
) -> Report:
    """Load everything, `parallel` Bundles at a time; `keep` receives a dead letter for each entry refused.

    A transaction that fails is tried again once the rest of its group is in, as long as that helps, and after each
    later group: files come in any order, and some refer to what others create.
    """
    report, failed = Report(), list[Failure]()

    async def once(items: Iterable[Item | Refused], told: Callable[[int], None]) -> list[Failure]:
        return await _pass(items, submit, keep, told, report, parallel)

    for group in groups:
        failed += await once(group, progress)
        tried = len(failed) + 1
        while 0 < len(failed) < tried:
            tried = len(failed)
            failed = await once([item for item, _ in failed], lambda entries: None)
    for item, answer in failed:
        for number in range(len(item.labels)):
            await keep(_refusal(item, number, answer, report))
    return report


async def _pass(
    items: Iterable[Item | Refused],
    submit: Submit,
    keep: Callable[[Letter], Awaitable[object]],
    progress: Callable[[int], None],
    report: Report,
    parallel: int,
) -> list[Failure]:
    """Every item once; returns the transactions that failed."""
    failed: list[Failure] = []
    iterator = iter(items)

    async def work() -> None:
        for item in iterator:
            if isinstance(item, Refused):
                report.refuse(item.reason)
                await keep(Letter(source=SOURCE, key=item.label, reason=item.reason, detail="", payload=item.raw))
                progress(1)
                continue
            answer = await submit(item.bundle)
            if answer.get("resourceType") == "Bundle":
                for letter in _sorted_out(item, answer, report):
                    await keep(letter)
            else:
                failed.append((item, answer))
            progress(len(item.labels))

    await asyncio.gather(*(work() for _ in range(parallel)))
    return failed


def _sorted_out(item: Item, answer: Resource, report: Report) -> list[Letter]:
    """Counts the entries stored; a letter for each of the others."""
    letters = []
    for number, response in enumerate(entry.get("response", {}) for entry in answer.get("entry", [])):
        if str(response.get("status", "")).startswith("2"):
            report.stored += 1
        else:
            letters.append(_refusal(item, number, response.get("outcome", {}), report))
    return letters


def _refusal(item: Item, number: int, outcome: dict[str, Any], report: Report) -> Letter:
    """The Bundle may be of our own making, so what is wrong is said of the resource; the label tells where that is."""
    resource = item.bundle["entry"][number].get("resource", {})
    own = f"Bundle.entry[{number}].resource"
    issues = [
        f"{issue.get('diagnostics', '')} ({', '.join(issue.get('expression', []))})"
        for issue in outcome.get("issue", [])
        if issue.get("severity") in ("fatal", "error")
    ]
    reason = outcome["issue"][0].get("code", "processing") if outcome.get("issue") else "refused without a reason"
    report.refuse(reason)
    detail = "; ".join(issues).replace(own, str(resource.get("resourceType", own)))
    return Letter(source=SOURCE, key=item.labels[number], reason=reason, detail=detail, payload=json.dump(resource))
