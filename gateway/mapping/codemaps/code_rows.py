"""Define the rows of a code map, and read them from a CSV file: a header `from,to`, then one row per code.

A file with only the header is a map that covers no code yet; codes that are accepted for it are appended.
"""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Literal, NamedTuple


class Row(NamedTuple):
    """One row: `code` becomes `target_code`.

    target_code: None if the file says that nothing corresponds to the code.
    line: where the row stands in the file.
    relation: the equivalence that a ConceptMap states; empty in CSV files.
    """

    code: str
    target_code: str | None
    line: int
    relation: str = ""


class Fault(NamedTuple):
    """A fault of a file, with its line."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The content of a file.

    uncovered, fixed: what the file itself says about codes that it does not list; a mapping may overrule it.
    """

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    uncovered: Literal["keep", "fail", "default"] | None = None
    fixed: str | None = None


def read(text: str) -> Rows:
    """Read the rows of a CSV file. Blank lines are ignored."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    before = 0
    try:
        for values in reader:
            line, before = before + 1, reader.line_num
            if line == 1 and values != ["from", "to"]:
                return Rows((), (Fault(1, f"the first line must be from,to, not {','.join(values)[:60]!r}"),))
            if line > 1 and values:
                _add(values, line, rows, faults)
    except csv.Error as error:
        faults.append(Fault(before + 1, f"not CSV: {error}"))
    if not before and not faults:
        faults.append(Fault(1, "the file is empty: its first line must be from,to"))
    return Rows(tuple(rows), tuple(repeated(rows, faults)))


def _add(values: list[str], line: int, rows: list[Row], faults: list[Fault]) -> None:
    if len(values) == 2 and all(values):
        rows.append(Row(values[0], values[1], line))
    else:
        faults.append(Fault(line, f"expected two columns, a code and the code it becomes, not {','.join(values)!r}"))


def repeated(rows: list[Row], faults: list[Fault]) -> list[Fault]:
    """Return `faults` and one more for each row whose code has a row already, in the order of the file."""
    first: dict[str, Row] = {}
    all_faults = list(faults)
    for row in rows:
        if row.target_code is None:
            continue
        if row.code in first:
            earlier = first[row.code]
            all_faults.append(
                Fault(row.line, f"code {row.code!r} becomes {earlier.target_code!r} already (line {earlier.line})")
            )
        else:
            first[row.code] = row
    return sorted(all_faults)
