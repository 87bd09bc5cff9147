"""The rows of a code map, and the CSV file that holds them: a header `from,to`, then one row per code.

A header alone is a map that covers nothing yet: the queue of accepted codes appends to it.
"""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Literal, NamedTuple


class Row(NamedTuple):
    """`code` becomes `wanted`; None where the file says that nothing corresponds to it. `line` in the file.

    `relation` is the equivalence a ConceptMap states, empty where there is none to state.
    """

    code: str
    wanted: str | None
    line: int
    relation: str = ""


class Fault(NamedTuple):
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """`uncovered` and `fixed`: what the file itself says of other codes, which a mapping may overrule."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    uncovered: Literal["keep", "fail", "default"] | None = None
    fixed: str | None = None


def read(text: str) -> Rows:
    """The rows of a CSV file; blank lines count for nothing."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    before = 0
    try:
        for values in reader:
            line, before = before + 1, reader.line_num
            if line == 1 and values != ["from", "to"]:
                return Rows((), (Fault(1, f"the columns must be from,to, not {','.join(values)[:60]!r}"),))
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
        faults.append(Fault(line, f"expected a code and what it becomes, not {','.join(values)!r}"))


def repeated(rows: list[Row], faults: list[Fault]) -> list[Fault]:
    """`faults`, and one for each row whose code has a row already, in the order of the file."""
    first: dict[str, Row] = {}
    found = list(faults)
    for row in rows:
        if row.wanted is None:
            continue
        if row.code in first:
            earlier = first[row.code]
            found.append(Fault(row.line, f"code {row.code!r} becomes {earlier.wanted!r} already (line {earlier.line})"))
        else:
            first[row.code] = row
    return sorted(found)
