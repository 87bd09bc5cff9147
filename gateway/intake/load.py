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

Submit = Callable[[Resource], Awaitable[Resource]]
"""Sends a Bundle; returns the response Bundle, or the OperationOutcome of a transaction that failed as a whole."""


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
    items: Iterable[Item | Refused],
    submit: Submit,
    keep: Callable[[Letter], Awaitable[object]],
    progress: Callable[[int], None] = lambda entries: None,
    *,
    parallel: int = 4,
) -> Report:
    """Load everything, `parallel` Bundles at a time; `keep` receives a dead letter for each entry refused."""
    report, iterator = Report(), iter(items)

    async def work() -> None:
        for item in iterator:
            for letter in await _one(item, submit, report):
                await keep(letter)
            progress(len(item.labels) if isinstance(item, Item) else 1)

    await asyncio.gather(*(work() for _ in range(parallel)))
    return report


async def _one(item: Item | Refused, submit: Submit, report: Report) -> list[Letter]:
    if isinstance(item, Refused):
        report.refuse(item.reason)
        return [Letter(source="import", key=item.label, reason=item.reason, detail="", payload=item.raw)]
    answer = await submit(item.bundle)
    if answer.get("resourceType") != "Bundle":
        return [_refusal(item, n, answer, report) for n in range(len(item.labels))]
    letters = []
    for number, response in enumerate(entry.get("response", {}) for entry in answer.get("entry", [])):
        if str(response.get("status", "")).startswith("2"):
            report.stored += 1
        else:
            letters.append(_refusal(item, number, response.get("outcome", {}), report))
    return letters


def _refusal(item: Item, number: int, outcome: dict[str, Any], report: Report) -> Letter:
    issues = [
        f"{issue.get('diagnostics', '')} ({', '.join(issue.get('expression', []))})"
        for issue in outcome.get("issue", [])
        if issue.get("severity") in ("fatal", "error")
    ]
    reason = outcome["issue"][0].get("code", "processing") if outcome.get("issue") else "refused without a reason"
    report.refuse(reason)
    payload = json.dump(item.bundle["entry"][number].get("resource", {}))
    return Letter(source="import", key=item.labels[number], reason=reason, detail="; ".join(issues), payload=payload)
