"""Load ViewDefinitions (`mappings/*.json`) as mappings that can only be read.

A view that gives one row per resource makes a flat document of its columns. A view that can give several rows (forEach,
forEachOrNull, repeat, unionAll) makes a document with a list of `rows`. SQL on FHIR v2:
https://sql-on-fhir.org/ig/latest/
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from gateway.errors import Malformed, TooCostly
from gateway.fhir import fhir_json, view
from gateway.fhir.fhir_json import Resource
from gateway.fhir.view.definition import Select, definition
from gateway.mapping.indexes import Index
from gateway.mapping.mapping import Projection
from gateway.mapping.source import json_positions
from gateway.mapping.source.file_fault import FileFault, shown

RESERVED = ("fhir", "unmapped", "quality")  # the gateway adds these fields to documents

_MOST_BYTES = 1_500_000  # of JSON: in BSON, whose limit is 16 MB, a list of small numbers is eight times as long
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")  # sql-name of the specification, no longer than a collection's
_LINE = re.compile(r" at line (\d+), column \d+")


@dataclass(frozen=True, slots=True)
class ViewMapping:
    """A view whose rows become documents; `several`: whether a resource can give more than one row."""

    resource: str
    collection: str
    view: view.View
    several: bool
    file: str
    stamp: str = ""

    writable: ClassVar[bool] = False
    indexes: ClassVar[tuple[Index, ...]] = ()

    def get(self, resource: Resource) -> Projection | None:
        """Read a resource into its document, None if the view gives no row for it.

        This never raises. If the resource holds what the view does not allow, the document has only `unmapped`, which
        says why.
        """
        try:
            content = self._content(list(self.view.rows((resource,))))
        except view.ViewError as error:
            content = _unmapped(error.at, error.text)
        except TooCostly:  # the request ends here: a document must not depend on how much time the request had left
            raise
        except Exception as error:
            content = _unmapped("", f"could not be read ({type(error).__name__})")
        if content is None:
            return None
        key = {"_id": resource["id"]} if "id" in resource else {}
        return Projection(self.collection, {**key, **content}, self.stamp)

    def _content(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        if not rows:
            return None
        filled = [_filled(row) for row in rows]
        content: dict[str, Any] = {"rows": filled} if self.several else filled[0]
        if len(fhir_json.dump(content)) > _MOST_BYTES:
            return _unmapped("", f"{len(rows)} rows, which are too large for a document")
        return content


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _storable(value) for name, value in row.items() if value is not None and value != []}


def _storable(value: Any) -> Any:
    """Return a value as MongoDB can store it: its integers have 64 bits, and its field names no NUL."""
    if value.__class__ is int:
        return value if -(2**63) <= value < 2**63 else Decimal(value)
    if value.__class__ is list:
        return [_storable(item) for item in value]
    if value.__class__ is dict:
        if any("\0" in key for key in value):
            raise ValueError("no name of a field in MongoDB")
        return {key: _storable(item) for key, item in value.items()}
    return value


def _unmapped(path: str, reason: str) -> dict[str, Any]:
    return {"unmapped": [{"field": "", "path": path, "reason": reason}]}


def load(file: Path, data: bytes, stamp: str = "") -> ViewMapping | None:
    """Load the view in a JSON file, None if the file is something else, such as a ConceptMap.

    Raises ConfigurationError for the first fault of the view.
    """
    if b"ViewDefinition" not in data and b'"select"' not in data:
        return None
    try:
        content = fhir_json.parse_value(data)
    except Malformed as error:
        raise _malformed(file, data, error) from None
    if not _is_view(content):
        return None
    try:
        return _checked(content, shown(file), stamp)
    except view.ViewError as error:
        line = json_positions.line(data.decode("utf-8-sig"), error.at)
        raise FileFault(file, line, f"{error.at}: {error.text}") from None


def _is_view(content: Any) -> bool:
    if content.__class__ is not dict:
        return False
    return content.get("resourceType") == "ViewDefinition" or {"resource", "select"} <= content.keys()


def _checked(content: Resource, file: str, stamp: str) -> ViewMapping:
    compiled = view.compile(content)
    if not compiled.name:
        raise view.ViewError("the view needs a name, which becomes the name of its collection", "ViewDefinition.name")
    if not _NAME.fullmatch(compiled.name):
        name = repr(compiled.name)
        text = f"{name} cannot be the name of a collection: write letters, digits and _, beginning with a letter"
        raise view.ViewError(text, "ViewDefinition.name")
    several = any(map(_several, definition(content).selects))
    for column in compiled.columns if not several else ():
        if column.name in RESERVED:
            raise view.ViewError(
                f"the column name {column.name} belongs to the gateway itself: write another name",
                "ViewDefinition.select",
            )
    return ViewMapping(compiled.resource, compiled.name, compiled, several, file, stamp)


def _several(select: Select) -> bool:
    return select.iteration is not None or bool(select.unions) or any(map(_several, select.selects))


def _malformed(file: Path, data: bytes, error: Malformed) -> FileFault:
    if line := _LINE.search(error.text):
        return FileFault(file, int(line[1]), _LINE.sub("", error.text))
    at = error.issues[0].expression
    return FileFault(file, json_positions.line(data.decode("utf-8-sig", "replace"), at), error.text)
