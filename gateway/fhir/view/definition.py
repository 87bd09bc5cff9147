"""Read the JSON of a ViewDefinition, and check everything but its FHIRPath.

https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html
"""

import re
from dataclasses import dataclass
from typing import Literal

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.type_model import fields
from gateway.fhir.path.values import Nodes
from gateway.fhir.path.variables import is_reserved
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.part import ViewPart

ROW_INDEX = "rowIndex"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TYPE_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_CONSTANTS = {field.key: field for field in fields("Extension", "value") if field.primitive}
_MAX_LEVELS = 30

Iteration = Literal["forEach", "forEachOrNull", "repeat"]


@dataclass(frozen=True, slots=True)
class Text:
    """FHIRPath as written, and its place in the view."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """A column of a select. `type` is a FHIR type name, "" if the view does not state one."""

    name: str
    type: str
    collection: bool
    path: Text
    at: str


@dataclass(frozen=True, slots=True)
class Select:
    """A select of a view.

    paths: the path of a forEach or forEachOrNull, or all paths of a repeat; () without iteration.
    """

    at: str
    iteration: Iteration | None
    paths: tuple[Text, ...]
    columns: tuple[ColumnPart, ...]
    selects: tuple["Select", ...]
    unions: tuple["Select", ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A ViewDefinition. `constants` are the values of its %variables, as collections of FHIRPath."""

    name: str
    resource: str
    constants: dict[str, Nodes]
    where: tuple[Text, ...]
    selects: tuple[Select, ...]


def definition(view: Resource) -> Definition:
    """Read a ViewDefinition. Raises ViewError."""
    part = ViewPart(view, "ViewDefinition")
    if view.get("resourceType", "ViewDefinition") != "ViewDefinition":
        raise ViewError("this is not a ViewDefinition", "ViewDefinition.resourceType")
    resource = part.required("resource")
    if resource not in r4.resource_types():
        raise ViewError("resource must be an R4 resource type", "ViewDefinition.resource")
    selects = tuple(_select(select, 1) for select in part.parts("select"))
    if not selects:
        raise ViewError("select is missing", "ViewDefinition")
    name = part.text("name")
    where = tuple(_where(condition) for condition in part.parts("where"))
    return Definition(name, resource, _constants(part), where, selects)


def _constants(view: ViewPart) -> dict[str, Nodes]:
    constants: dict[str, Nodes] = {}
    for part in view.parts("constant"):
        name = _name(part)
        if name in constants or is_reserved(name) or name == ROW_INDEX:
            raise ViewError(f"the name {name} is taken", f"{part.at}.name")
        constants[name] = _constant(part)
    return constants


def _constant(part: ViewPart) -> Nodes:
    part.only("name", *_CONSTANTS)
    keys = [key for key in part.value if key in _CONSTANTS]
    if len(keys) != 1:
        raise ViewError("a constant has exactly one value[x], of a primitive type", part.at)
    field, value = _CONSTANTS[keys[0]], part.value[keys[0]]
    if value.__class__ not in field.shapes:
        raise ViewError(f"the value is not of type {field.type}", f"{part.at}.{field.key}")
    return [(field.type, value, None)]


def _where(part: ViewPart) -> Text:
    part.only("path", "description")
    return Text(part.required("path"), f"{part.at}.path")


def _select(part: ViewPart, level: int) -> Select:
    part.only("column", "select", "unionAll", "forEach", "forEachOrNull", "repeat")
    if level > _MAX_LEVELS:
        raise ViewError(f"more than {_MAX_LEVELS} selects inside one another", part.at)
    iteration = _iteration(part)
    return Select(
        part.at,
        iteration,
        _paths(part, iteration),
        tuple(_column(column) for column in part.parts("column")),
        tuple(_select(select, level + 1) for select in part.parts("select")),
        tuple(_select(branch, level + 1) for branch in part.parts("unionAll")),
    )


def _iteration(part: ViewPart) -> Iteration | None:
    kinds: tuple[Iteration, ...] = ("forEach", "forEachOrNull", "repeat")
    present = [kind for kind in kinds if part.value.get(kind) is not None]
    if len(present) > 1:
        raise ViewError(f"{' and '.join(present)} exclude one another", part.at)
    return present[0] if present else None


def _paths(part: ViewPart, iteration: Iteration | None) -> tuple[Text, ...]:
    if iteration == "repeat":
        return tuple(Text(text, at) for text, at in part.texts("repeat"))
    return (Text(part.text(iteration), f"{part.at}.{iteration}"),) if iteration else ()


def _column(part: ViewPart) -> ColumnPart:
    part.only("name", "path", "type", "collection", "description", "tag")
    path = Text(part.required("path"), f"{part.at}.path")
    type_ = part.text("type").removeprefix(_TYPE_PREFIX)
    return ColumnPart(_name(part), type_, part.flag("collection"), path, part.at)


def _name(part: ViewPart) -> str:
    name = part.required("name")
    if not _NAME.fullmatch(name):
        raise ViewError("a name must be a letter, then letters, digits and underscores", f"{part.at}.name")
    return name
