"""The door to views: a ViewDefinition in, a `View` that turns resources into rows out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway import budget
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Nodes
from gateway.fhir.view.definition import ColumnPart, Text, definition
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.paths import Evaluate, Focus, Frame
from gateway.fhir.view.selection import Rows, selection


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is a FHIR type name, "" when the view leaves it open. A `collection` holds a list of such values."""

    name: str
    type: str = ""
    collection: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A compiled view; thread-safe, keeps nothing between rows. `name` may be ""."""

    name: str
    resource: str
    columns: tuple[Column, ...]
    _constants: dict[str, Nodes] = field(repr=False)
    _where: tuple[tuple[Evaluate, str], ...] = field(repr=False)
    _rows: Rows = field(repr=False)

    def rows(self, resources: Iterable[Resource]) -> Iterator[dict[str, Any]]:
        """One dict per row: column name -> JSON value, None, or a list for a collection; in the columns' order.

        Resources of other types are passed over. Raises ViewError when a resource gives what the view does not allow.
        """
        names = [column.name for column in self.columns]
        for resource in resources:
            if resource.get("resourceType") != self.resource:
                continue
            budget.check()
            scope = Scope((self.resource, resource, None))
            frame = Frame(scope.this, self._constants)
            if all(_holds(evaluate(scope, frame), at) for evaluate, at in self._where):
                for row in self._rows(scope, frame):
                    yield dict(zip(names, row, strict=True))


def compile(view: Resource) -> View:  # noqa: A001
    """Raises ViewError naming the place in the view for everything that can be known without data."""
    read = definition(view)
    focus = Focus(read.resource, frozenset(read.constants))
    where = tuple(_condition(text, focus) for text in read.where)
    found = selection(read.selects, focus)
    _check_names(found.columns)
    columns = tuple(Column(column.name, column.type, column.collection) for column in found.columns)
    return View(read.name, read.resource, columns, read.constants, where, found.rows)


def _condition(text: Text, focus: Focus) -> tuple[Evaluate, str]:
    return focus.path(text, condition=True).evaluate, text.at


def _check_names(columns: tuple[ColumnPart, ...]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise ViewError(f"there are two columns {column.name}", f"{column.at}.name")
        seen.add(column.name)


def _holds(nodes: Nodes, at: str) -> bool:
    """Nothing is not true; anything but a boolean is a mistake in the view."""
    if len(nodes) > 1 or (nodes and nodes[0][1] is not None and nodes[0][1].__class__ is not bool):
        raise ViewError("a condition must be a boolean", at)
    return bool(nodes) and nodes[0][1] is True
