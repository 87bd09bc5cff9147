"""Count what a run of one partner did, without patient data."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.errors import Issue

_FINDINGS_NAMED = 50


@dataclass(slots=True)
class Report:
    """Counts of resources. `findings` counts faults of resources that were stored all the same: "code path" -> how
    often.
    """

    partner: str
    pulled: int = 0
    pushed: int = 0
    unchanged: int = 0
    deleted: int = 0
    conflicts: int = 0
    dead_letters: int = 0
    issues: int = 0
    pages: int = 0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic, repr=False)

    def note(self, issues: Iterable[Issue]) -> None:
        """Count findings of validation."""
        for issue in issues:
            self.issues += 1
            self.findings[f"{issue.code} {_general(issue.expression)}".strip()] += 1

    def finish(self) -> "Report":
        """Note the end of the run."""
        self.seconds = round(time.monotonic() - self.started, 3)
        return self

    @property
    def ok(self) -> bool:
        """Return whether the run came to its end, even if it wrote dead letters."""
        return not self.errors

    @property
    def json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        values = asdict(self)
        del values["started"]
        return {**values, "findings": dict(self.findings.most_common(_FINDINGS_NAMED)), "ok": self.ok}


Progress = Callable[[str, Report], None]
"""Called after every page and batch with the stage ("pull Patient") and the numbers so far."""


def silent(stage: str, report: Report) -> None:
    """Ignore progress."""


def _general(expression: str) -> str:
    """Return the path without indexes, so that the same fault in the first and third name is one finding."""
    kept = expression
    while (start := kept.find("[")) >= 0 and (end := kept.find("]", start)) >= 0:
        kept = kept[:start] + kept[end + 1 :]
    return kept
