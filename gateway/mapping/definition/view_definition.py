"""ViewDefinitions as mappings: `mappings/*.json`, loaded unchanged (SQL on FHIR v2, https://sql-on-fhir.org/ig/latest/).

A view that gives one row per resource makes a flat document of its columns; one that can give several (forEach,
forEachOrNull, repeat, unionAll) a document with a list of `rows`. Nothing is ever written to FHIR through a view.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from gateway.errors import ConfigurationError, Malformed, TooCostly
from gateway.fhir import fhir_json, view
from gateway.fhir.fhir_json import Resource
from gateway.fhir.view.definition import Select, definition
from gateway.mapping.indexes import Index
from gateway.mapping.mapping import Projection
from gateway.mapping.source import positions
from gateway.mapping.source.yaml_source import shown

RESERVED = ("fhir", "unmapped", "quality")  # fields the gateway adds to documents

_MOST_BYTES = 1_500_000  # as JSON; in BSON a list of small numbers is eight times as long, and 16 MB are the limit
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")  # sql-name of the specification, no longer than a collection's
_LINE = re.compile(r" at line (\d+), column \d+")


@dataclass(frozen=True, slots=True)
class ViewMapping:
    """`several`: whether a resource can give more than one row."""

    resource: str
    collection: str
    view: view.View
    several: bool
    file: str
    stamp: str = ""

    writable: ClassVar[bool] = False
    indexes: ClassVar[tuple[Index, ...]] = ()

    def get(self, resource: Resource) -> Projection | None:
        """The document of a resource; None where the view gives no row, be it by its `where` or for lack of elements.

        Whatever the resource holds, this does not raise: when it gives what the view does not allow, the document has
        only `unmapped`, saying why.
        """
        try:
            content = self._content(list(self.view.rows((resource,))))
        except view.ViewError as error:
            content = _unmapped(error.at, error.text)
        except TooCostly:  # the request ends: its documents must not depend on the time that it had left
            raise
        except Exception as error:
            content = _unmapped("", f"could not be read ({type(error).__name__})")
        if content is None:
            return None
        known = {"_id": resource["id"]} if "id" in resource else {}
        return Projection(self.collection, {**known, **content}, self.stamp)

    def _content(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        if not rows:
            return None
        found = [_filled(row) for row in rows]
        content: dict[str, Any] = {"rows": found} if self.several else found[0]
        if len(fhir_json.dump(content)) > _MOST_BYTES:
            return _unmapped("", f"{len(rows)} rows, which are too large for a document")
        return content


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _storable(value) for name, value in row.items() if value is not None and value != []}


def _storable(value: Any) -> Any:
    """MongoDB's integers have 64 bits."""
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
    """The mapping in a JSON file; None when it is something else, such as a ConceptMap. Raises ConfigurationError."""
    if b"ViewDefinition" not in data and b'"select"' not in data:
        return None
    try:
        content = fhir_json.parse_value(data)
    except Malformed as error:
        raise ConfigurationError(_malformed(file, data, error)) from None
    if not _is_view(content):
        return None
    try:
        return _checked(content, shown(file), stamp)
    except view.ViewError as error:
        line = positions.line(data.decode("utf-8-sig"), error.at)
        raise ConfigurationError(f"{shown(file)}:{line}: {error.at}: {error.text}") from None


def _is_view(content: Any) -> bool:
    if content.__class__ is not dict:
        return False
    return content.get("resourceType") == "ViewDefinition" or {"resource", "select"} <= content.keys()


def _checked(content: Resource, file: str, stamp: str) -> ViewMapping:
    compiled = view.compile(content)
    if not compiled.name:
        raise view.ViewError("the view needs a name: it becomes that of the collection", "ViewDefinition.name")
    if not _NAME.fullmatch(compiled.name):
        said = f"{compiled.name!r} is no name of a collection: letters, digits and _, beginning with a letter"
        raise view.ViewError(said, "ViewDefinition.name")
    several = any(map(_several, definition(content).selects))
    for column in compiled.columns if not several else ():
        if column.name in RESERVED:
            raise view.ViewError(f"the column name {column.name} is taken by the gateway", "ViewDefinition.select")
    return ViewMapping(compiled.resource, compiled.name, compiled, several, file, stamp)


def _several(select: Select) -> bool:
    return select.iteration is not None or bool(select.unions) or any(map(_several, select.selects))


def _malformed(file: Path, data: bytes, error: Malformed) -> str:
    if found := _LINE.search(error.text):
        return f"{shown(file)}:{found[1]}: {_LINE.sub('', error.text)}"
    at = error.issues[0].expression
    return f"{shown(file)}:{positions.line(data.decode('utf-8-sig', 'replace'), at)}: {error.text}"
