"""Code maps: from the codes sent to the codes wanted, written in the mapping or in a CSV file beside it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from gateway.errors import ConfigurationError
from gateway.mapping.source import Source, shown
from gateway.mapping.types.shape import Odd

Uncovered = Literal["keep", "fail", "default"]


@dataclass(frozen=True, slots=True)
class CodeMap:
    """`uncovered` codes are kept as sent, left out and noted (fail), or replaced by the field's default."""

    table: Mapping[str, str]
    uncovered: Uncovered

    def translate(self, code: str) -> str | None:
        """None means: the default. Raises Odd when there is to be no value."""
        found = self.table.get(code)
        if found is not None:
            return found
        if self.uncovered == "fail":
            raise Odd("a code that the code map does not cover")
        return code if self.uncovered == "keep" else None

    def back(self, code: str) -> str | None:
        """The code that becomes `code`: of several the first in the map, itself if it is kept; None for none."""
        found = next((sent for sent, wanted in self.table.items() if wanted == code), None)
        if found is None and self.uncovered == "keep" and code not in self.table:
            return code
        return found


def load(source: Source, uncovered: Source | None, *, has_default: bool) -> CodeMap:
    """`source` is a YAML mapping, or the name of a CSV file with the columns `from` and `to`."""
    policy = uncovered.text() if uncovered else "fail"
    if uncovered and policy not in get_args(Uncovered):
        uncovered.refuse(f"unknown policy {policy!r}; known are {', '.join(get_args(Uncovered))}")
    if uncovered and policy == "default" and not has_default:
        uncovered.refuse("there is no `default`")
    table = {code: wanted.text() for _, code, wanted in source.entries()} if source.is_mapping else _csv(source)
    if not table:
        source.refuse("the code map is empty")
    return CodeMap(table, cast(Uncovered, policy))


def _csv(source: Source) -> dict[str, str]:
    name = source.text()
    file = source.file.parent / name
    if file.resolve().parent != source.file.parent.resolve():
        source.refuse(f"{name!r} must lie beside the mapping")
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        source.refuse(f"{name!r} cannot be read: {error}")
    if next(csv.reader(lines[:1]), None) != ["from", "to"]:
        raise ConfigurationError(f"{shown(file)}:1: the columns must be from,to")
    table: dict[str, str] = {}
    for line, row in enumerate(csv.reader(lines[1:]), 2):
        if len(row) != 2 or not all(row) or row[0] in table:
            raise ConfigurationError(f"{shown(file)}:{line}: expected one new code and what it becomes")
        table[row[0]] = row[1]
    return table
