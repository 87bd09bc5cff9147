"""Print for a person at a terminal, or for a file or a program.

Only a terminal gets colors, boxes, shortened values and wrapped lines. Anything else gets each line whole, whatever
`COLUMNS` says, so that `grep`, logs and tests read exactly what the command says.
"""

import sys
from typing import Any

from rich.console import Console, ConsoleDimensions
from rich.progress import Progress, ProgressColumn
from rich.table import Table

WHOLE_LINE = 1_000_000
"""The width used where there is no terminal: more than any line has."""


class Output(Console):
    """A rich console that prints whole, plain lines unless its file is a terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, emoji=False)  # ":hospital:" may be part of a code; it is no picture

    @property
    def at_terminal(self) -> bool:
        """Return whether a person sees the output. FORCE_COLOR makes `Console.is_terminal` true for a file, too."""
        return self.file.isatty()

    @property
    def size(self) -> ConsoleDimensions:
        """The size of the terminal; off a terminal, a width that breaks no line."""
        return super().size if self.at_terminal else ConsoleDimensions(WHOLE_LINE, 25)

    @size.setter
    def size(self, new: tuple[int, int]) -> None:
        self._width, self._height = new

    def shorten(self, text: str, most: int) -> str:
        """Return at most `most` characters of `text` on a terminal, the whole text elsewhere."""
        return f"{text[: most - 1]}…" if self.at_terminal and len(text) > most else text

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, with no value of a table cut: on a terminal it is wrapped, and a long word folded."""
        tables = [part for part in objects if isinstance(part, Table)]
        for column in (column for table in tables for column in table.columns):
            column.overflow = "fold"
        if self.at_terminal:
            super().print(*objects, **options)
            return
        for table in tables:
            table.box, table.pad_edge = None, False
        with self.capture() as captured:
            super().print(*objects, **{**options, "soft_wrap": not tables})
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


out, err = Output(), Output(stderr=True)


def progress_bar(*columns: str | ProgressColumn) -> Progress:
    """Return a progress bar on stderr that disappears at its end; draw nothing if stderr is no terminal."""
    # Rich would otherwise send what a command prints on a piped stdout to the terminal of stderr.
    return Progress(*columns, console=err, transient=True, disable=not err.at_terminal, redirect_stdout=out.at_terminal)


def counted(count: int, noun: str) -> str:
    """Return `1 error`, `2 errors`, `1,000 errors`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def for_people() -> bool:
    """Return whether help and usage errors go to a terminal."""
    return sys.stdout.isatty() and sys.stderr.isatty()
