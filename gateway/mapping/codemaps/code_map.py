"""Translate codes as sent to the codes that a document holds, and back.

The map stands in the mapping file itself, or in a file beside it.

Files are read into rows: CSV by `code_rows`, ConceptMap JSON by `concept_map`. The first fault of a file keeps its
mapping from loading; `gateway map check` shows all of them.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from gateway.mapping.codemaps import code_rows, concept_map
from gateway.mapping.codemaps.code_rows import Fault, Rows
from gateway.mapping.source.file_fault import FileFault, shown
from gateway.mapping.source.yaml_source import Source, not_utf8
from gateway.mapping.values.lens import Unreadable

Uncovered = Literal["keep", "fail", "default"]

READERS = {".csv": code_rows.read, ".json": concept_map.read}
"""Suffix of a file -> the function that reads its text into rows."""


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A table of codes, and the rule for a code that it does not list.

    table: code as sent -> code in the document.
    uncovered: keep a code that is not listed as sent, leave it out and note it (fail), or use the default.
    fixed: the default that a ConceptMap names; None for that of the field.
    file: None for a map written in the mapping itself.
    unmatched: codes for which the map says that nothing corresponds to them. They are always left out and noted:
        `uncovered` does not apply to them (https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped).
    """

    table: dict[str, str]
    uncovered: Uncovered
    fixed: str | None = None
    file: Path | None = None
    unmatched: frozenset[str] = frozenset()
    _sources: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first = {target_code: code for code, target_code in reversed(self.table.items())}  # the first code wins
        object.__setattr__(self, "_sources", first)

    def translate(self, code: str) -> str | None:
        """Return the code for the document, None for the default of the field.

        Raises Unreadable for no value at all.
        """
        found = self.table.get(code)
        if found is not None:
            return found
        if code in self.unmatched:
            raise Unreadable("a code to which nothing corresponds, by the code map")
        if self.uncovered == "fail":
            raise Unreadable("a code that the code map does not cover")
        return code if self.uncovered == "keep" else self.fixed

    def reverse(self, code: str) -> str | None:
        """Return the FHIR code that becomes `code`, the first in the map if there are several, None if there is
        none."""
        found = self._sources.get(code)
        if found is None and self.uncovered == "keep" and code not in self.table and code not in self.unmatched:
            return code
        return found


def load(source: Source, uncovered: Source | None, *, has_default: bool) -> CodeMap:
    """Load a map from `source`: a YAML mapping, or the name of a CSV or ConceptMap file. Raises ConfigurationError."""
    policy = uncovered.text() if uncovered else None
    if uncovered and policy not in get_args(Uncovered):
        uncovered.refuse(f"unknown policy {policy!r}; write one of {', '.join(get_args(Uncovered))}")
    if uncovered and policy == "default" and not has_default:
        uncovered.refuse("`uncovered: default` needs a `default`")
    if source.is_mapping:
        table = {code: target.text() for _, code, target in source.entries()}
        if not table:
            source.refuse("the code map is empty: write a line for each code, or leave out `codes`")
        return CodeMap(table, cast(Uncovered, policy or "fail"))
    file = beside(source)
    content = rows(source)
    for line, reason in content.faults:
        raise FileFault(file, line, reason, source.field)
    table = {row.code: row.target_code for row in content.rows if row.target_code is not None}
    unmatched = frozenset(row.code for row in content.rows) - table.keys()
    if policy is None:
        return CodeMap(table, content.uncovered or "fail", content.fixed, file, unmatched)
    return CodeMap(table, cast(Uncovered, policy), None, file, unmatched)


def beside(source: Source) -> Path:
    """Return the path of the file that `source` names. Raises ConfigurationError unless it is beside the mapping."""
    name = source.text()
    file = source.file.parent / name
    if file.resolve().parent != source.file.parent.resolve():
        source.refuse(f"{name!r} must be in the folder of the mapping: write its name alone")
    if file.suffix not in READERS:
        source.refuse(f"{name!r} must be a CSV file (.csv) or a ConceptMap (.json)")
    return file


def rows(source: Source) -> Rows:
    """Read the file that `source` names, with all its faults. Raises ConfigurationError if it cannot be opened."""
    file = beside(source)
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        source.refuse(f"{source.text()!r} cannot be read: {error.strerror} in {shown(file.parent)}")
    except UnicodeDecodeError as error:
        return Rows((), (Fault(*not_utf8(error)),))
    return READERS[file.suffix](text)
