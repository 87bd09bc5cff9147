"""What there is to say of a mapping file."""

import re
from typing import Literal, NamedTuple

from gateway.errors import ConfigurationError

Severity = Literal["error", "warning", "note"]

_TEXT = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+))?: (?:field (?P<field>\S+): )?(?P<text>.*)", re.DOTALL)


class Finding(NamedTuple):
    """`error`: the gateway refuses the file. `warning`: it most likely does not do what was meant. `note`: it may be
    meant so. `field` is dotted, empty where it is about the file; `line` 0 where there is none."""

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


def fault(error: ConfigurationError) -> Finding:
    """The finding that the refusal of a file is."""
    found = _TEXT.fullmatch(error.text)
    if found is None:
        return Finding("", 0, "", "error", error.text)
    return Finding(found["file"], int(found["line"] or 0), found["field"] or "", "error", found["text"])
