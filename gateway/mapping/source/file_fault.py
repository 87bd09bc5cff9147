"""Define the error of a file in a folder of mappings, which knows its file, line and field."""

from pathlib import Path

from gateway.errors import ConfigurationError


class FileFault(ConfigurationError):
    """A fault of a file; its text is `file:line: field name: reason`.

    line: 0 if the fault is about the file as a whole.
    field: the dotted name of the field at fault, empty if no field is at fault.
    reason: what is wrong, and what to write instead.
    """

    def __init__(self, file: Path | str, line: int, reason: str, field: str = "") -> None:
        self.file = str(shown(file) if isinstance(file, Path) else file)
        self.field, self.reason = field, reason
        place = f"{self.file}:{line}" if line else self.file
        super().__init__(f"{place}: {f'field {field}: ' if field else ''}{reason}", line=line)


class UnknownField(FileFault):
    """The fault of naming a field that the mapping does not have."""


def shown(file: Path) -> str:
    """Return the name of a file relative to the working directory if it is below it, for messages."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
