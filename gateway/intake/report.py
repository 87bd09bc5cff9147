"""Count what became of the entries of an import, in total and by file."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_EXAMPLES = 20


@dataclass(slots=True)
class FileTally:
    """Entries of one file by what became of them."""

    stored: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def json(self) -> dict[str, int]:
        """Return the counts above zero."""
        counts = {name: getattr(self, name) for name in FileTally.__slots__}
        return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused entry.

    label: where it stands.
    reason: why it was refused, in a word or two.
    detail: what exactly is wrong.
    """

    label: str
    reason: str
    detail: str

    @property
    def text(self) -> str:
        """The refusal in one line."""
        return f"{self.label}: {self.reason}{': ' if self.detail else ''}{self.detail}"


@dataclass
class ImportReport:
    """Counts of entries, the reasons of those that were not stored, and remarks about some that were.

    files: path of a file -> its counts.
    types: resource type -> entries stored or unchanged.
    reasons: reason -> entries refused, which are in the dead letters.
    skips: reason -> entries left out, which need nobody's attention.
    refusals: the first refused entries.
    remarks: what was done to stored entries -> the first places.
    remarked: what was done to stored entries -> how many.
    """

    files: dict[str, FileTally] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    remarked: Counter[str] = field(default_factory=Counter)

    @property
    def stored(self) -> int:
        """Entries that were stored."""
        return self._sum("stored")

    @property
    def unchanged(self) -> int:
        """Entries that changed nothing."""
        return self._sum("unchanged")

    @property
    def deleted(self) -> int:
        """Entries that deleted a resource."""
        return self._sum("deleted")

    @property
    def refused(self) -> int:
        """Entries that were refused."""
        return self._sum("refused")

    @property
    def skipped(self) -> int:
        """Entries that were left out."""
        return self._sum("skipped")

    def _sum(self, name: str) -> int:
        return sum(getattr(tally, name) for tally in self.files.values())

    def of(self, path: str) -> FileTally:
        """Return the counts of a file, which this adds to the report."""
        return self.files.setdefault(path, FileTally())

    def accept(self, path: str, type_: str, *, unchanged: bool) -> None:
        """Count a stored or unchanged entry."""
        tally = self.of(path)
        self.types[type_] += 1
        if unchanged:
            tally.unchanged += 1
        else:
            tally.stored += 1

    def delete(self, path: str) -> None:
        """Count a deletion."""
        self.of(path).deleted += 1

    def refuse(self, path: str, refusal: Refusal, entries: int = 1) -> None:
        """Count refused entries, and keep the first refusals."""
        self.of(path).refused += entries
        self.reasons[refusal.reason] += entries
        if len(self.refusals) < _EXAMPLES:
            self.refusals.append(refusal)

    def skip(self, path: str, reason: str, count: int = 1) -> None:
        """Count entries that are left out."""
        if count:
            self.of(path).skipped += count
            self.skips[reason] += count

    def remark(self, text: str, label: str) -> None:
        """Note what was done to a stored entry."""
        self.remarked[text] += 1
        places = self.remarks.setdefault(text, [])
        if len(places) < _EXAMPLES:
            places.append(label)

    @property
    def json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        counts = {name: self._sum(name) for name in FileTally.__slots__}
        return {
            **counts,
            "types": dict(self.types),
            "reasons": dict(self.reasons),
            "skips": dict(self.skips),
            "remarks": {text: {"count": count, "places": self.remarks[text]} for text, count in self.remarked.items()},
            "refusals": [{"place": each.label, "reason": each.reason, "detail": each.detail} for each in self.refusals],
            "files": {path: tally.json for path, tally in self.files.items()},
        }
