"""Map codes that were sent to codes that are wanted, and back. A mapping file holds the map, or a file beside it does.

Files are read into rows: CSV by `code_rows`, ConceptMap JSON by `concept_map`. `faults` names all faults of a file; the
first of them keeps its mapping from loading.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from gateway.errors import ConfigurationError
from gateway.mapping.codemaps import code_rows, concept_map
from gateway.mapping.codemaps.code_rows import Fault, Rows
from gateway.mapping.source.yaml_source import Source, not_utf8, shown
from gateway.mapping.values.lens import Odd

Uncovered = Literal["keep", "fail", "default"]

READERS = {".csv": code_rows.read, ".json": concept_map.read}
"""Suffix of a file -> what reads its text."""


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A table of codes, and what becomes of a code that it does not list.

    uncovered: keep such a code as sent, leave it out and note it (fail), or replace it by the default.
    fixed: the default that a ConceptMap names; None for that of the field.
    file: None for a map written in the mapping itself.
    unmatched: codes to which, by the map, nothing corresponds. They are always left out and noted: `uncovered` does
        not apply to them (https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped).
    """

    table: dict[str, str]
    uncovered: Uncovered
    fixed: str | None = None
    file: Path | None = None
    unmatched: frozenset[str] = frozenset()
    _sources: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first = {wanted: code for code, wanted in reversed(self.table.items())}
        object.__setattr__(self, "_sources", first)

    def translate(self, code: str) -> str | None:
        """None means: the default of the field. Raises Odd when there is to be no value."""
        found = self.table.get(code)
        if found is not None:
            return found
        if code in self.unmatched:
            raise Odd("a code to which nothing corresponds, by the code map")
        if self.uncovered == "fail":
            raise Odd("a code that the code map does not cover")
        return code if self.uncovered == "keep" else self.fixed

    def back(self, code: str) -> str | None:
        """The FHIR code that becomes `code`: of several the one listed first; None when none does."""
        found = self._sources.get(code)
        if found is None and self.uncovered == "keep" and code not in self.table and code not in self.unmatched:
            return code
        return found


def load(source: Source, uncovered: Source | None, *, has_default: bool) -> CodeMap:
    """`source` is a YAML mapping, or the name of a CSV or ConceptMap JSON file. Raises ConfigurationError."""
    policy = uncovered.text() if uncovered else None
    if uncovered and policy not in get_args(Uncovered):
        uncovered.refuse(f"unknown policy {policy!r}; known are {', '.join(get_args(Uncovered))}")
    if uncovered and policy == "default" and not has_default:
        uncovered.refuse("there is no `default`")
    if source.is_mapping:
        table = {code: wanted.text() for _, code, wanted in source.entries()}
        if not table:
            source.refuse("the code map is empty")
        return CodeMap(table, cast(Uncovered, policy or "fail"))
    file = beside(source)
    found = rows(source)
    for line, text in found.faults:
        about = f"{source.about}: " if source.about else ""
        raise ConfigurationError(f"{shown(file)}:{line}: {about}{text}")
    table = {row.code: row.wanted for row in found.rows if row.wanted is not None}
    unmatched = frozenset(row.code for row in found.rows) - table.keys()
    if policy is None:
        return CodeMap(table, found.uncovered or "fail", found.fixed, file, unmatched)
    return CodeMap(table, cast(Uncovered, policy), None, file, unmatched)


def beside(source: Source) -> Path:
    """The file that `source` names; it must lie beside the mapping."""
    name = source.text()
    file = source.file.parent / name
    if file.resolve().parent != source.file.parent.resolve():
        source.refuse(f"{name!r} must lie beside the mapping")
    if file.suffix not in READERS:
        source.refuse(f"{name!r} is neither a CSV file (.csv) nor a ConceptMap (.json)")
    return file


def rows(source: Source) -> Rows:
    """What the file that `source` names holds, with its faults."""
    file = beside(source)
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        source.refuse(f"{source.text()!r} cannot be read: {error.strerror} in {shown(file.parent)}")
    except UnicodeDecodeError as error:
        return Rows((), (Fault(*not_utf8(error)),))
    return READERS[file.suffix](text)
