"""The JSON of a ViewDefinition, read and checked for all that can be told without its FHIRPath.

https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html
"""

import re
from dataclasses import dataclass
from typing import Literal

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.types import fields
from gateway.fhir.path.values import Nodes
from gateway.fhir.path.variables import is_reserved
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.part import Part

ROW_INDEX = "rowIndex"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TYPE_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_CONSTANTS = {field.key: field for field in fields("Extension", "value") if field.primitive}
_MOST_LEVELS = 30

Iteration = Literal["forEach", "forEachOrNull", "repeat"]


@dataclass(frozen=True, slots=True)
class Text:
    """FHIRPath as written, and where."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """`type` is a FHIR type name, "" when the view does not say."""

    name: str
    type: str
    collection: bool
    path: Text
    at: str


@dataclass(frozen=True, slots=True)
class Select:
    """`iteration` says what `paths` are for: one path of a forEach, or all of a repeat."""

    at: str
    iteration: Iteration | None
    paths: tuple[Text, ...]
    columns: tuple[ColumnPart, ...]
    selects: tuple["Select", ...]
    unions: tuple["Select", ...]


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    resource: str
    constants: dict[str, Nodes]
    where: tuple[Text, ...]
    selects: tuple[Select, ...]


def definition(view: Resource) -> Definition:
    """Raises ViewError."""
    part = Part(view, "ViewDefinition")
    if view.get("resourceType", "ViewDefinition") != "ViewDefinition":
        raise ViewError("this is no ViewDefinition", "ViewDefinition.resourceType")
    resource = part.required("resource")
    if resource not in r4.resource_types():
        raise ViewError("resource must be an R4 resource type", "ViewDefinition.resource")
    selects = tuple(_select(each, 1) for each in part.parts("select"))
    if not selects:
        raise ViewError("select is missing", "ViewDefinition")
    name = part.text("name")
    return Definition(name, resource, _constants(part), tuple(_where(each) for each in part.parts("where")), selects)


def _constants(view: Part) -> dict[str, Nodes]:
    found: dict[str, Nodes] = {}
    for part in view.parts("constant"):
        name = _named(part)
        if name in found or is_reserved(name) or name == ROW_INDEX:
            raise ViewError(f"the name {name} is taken", f"{part.at}.name")
        found[name] = _constant(part)
    return found


def _constant(part: Part) -> Nodes:
    part.only("name", *_CONSTANTS)
    keys = [key for key in part.value if key in _CONSTANTS]
    if len(keys) != 1:
        raise ViewError("a constant has exactly one value[x], of a primitive type", part.at)
    field, value = _CONSTANTS[keys[0]], part.value[keys[0]]
    if value.__class__ not in field.shapes:
        raise ViewError(f"this is no {field.type}", f"{part.at}.{field.key}")
    return [(field.type, value, None)]


def _where(part: Part) -> Text:
    part.only("path", "description")
    return Text(part.required("path"), f"{part.at}.path")


def _select(part: Part, level: int) -> Select:
    part.only("column", "select", "unionAll", "forEach", "forEachOrNull", "repeat")
    if level > _MOST_LEVELS:
        raise ViewError(f"more than {_MOST_LEVELS} selects inside one another", part.at)
    iteration = _iteration(part)
    return Select(
        part.at,
        iteration,
        _paths(part, iteration),
        tuple(_column(each) for each in part.parts("column")),
        tuple(_select(each, level + 1) for each in part.parts("select")),
        tuple(_select(each, level + 1) for each in part.parts("unionAll")),
    )


def _iteration(part: Part) -> Iteration | None:
    kinds: tuple[Iteration, ...] = ("forEach", "forEachOrNull", "repeat")
    found = [kind for kind in kinds if part.value.get(kind) is not None]
    if len(found) > 1:
        raise ViewError(f"{' and '.join(found)} exclude one another", part.at)
    return found[0] if found else None


def _paths(part: Part, iteration: Iteration | None) -> tuple[Text, ...]:
    if iteration == "repeat":
        return tuple(Text(text, at) for text, at in part.texts("repeat"))
    return (Text(part.text(iteration), f"{part.at}.{iteration}"),) if iteration else ()


def _column(part: Part) -> ColumnPart:
    part.only("name", "path", "type", "collection", "description", "tag")
    path = Text(part.required("path"), f"{part.at}.path")
    type_ = part.text("type").removeprefix(_TYPE_PREFIX)
    return ColumnPart(_named(part), type_, part.flag("collection"), path, part.at)


def _named(part: Part) -> str:
    name = part.required("name")
    if not _NAME.fullmatch(name):
        raise ViewError("a name is a letter, then letters, digits and underscores", f"{part.at}.name")
    return name
