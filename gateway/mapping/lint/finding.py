"""Define a finding about a mapping file."""

from typing import Literal, NamedTuple

from gateway.mapping.source.file_fault import FileFault

Severity = Literal["error", "warning", "note"]


class LintFinding(NamedTuple):
    """A finding about a mapping file.

    line: 0 if the finding is about the file as a whole.
    field: the dotted name of the field; empty if the finding is about the file.
    severity: error if the gateway refuses the file, warning if it most likely does not do what was meant, note if it
        may be meant so.
    """

    file: str
    line: int
    field: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f"field {self.field}: " if self.field else ""
        severity = "" if self.severity == "error" else f"{self.severity}: "
        return f"{place}: {field}{severity}{self.text}"


def fault(error: FileFault) -> LintFinding:
    """Return the finding for the fault that keeps a file from loading."""
    return LintFinding(error.file, error.line, error.field, "error", error.reason)
