"""Compile a ViewDefinition to a `View`, which turns resources into rows. This is the entrance to the package."""

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
    """A column of a view. `type` is a FHIR type name, "" if the view states none. A `collection` holds lists."""

    name: str
    type: str = ""
    collection: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A compiled view. It is thread-safe and keeps nothing between rows. `name` may be ""."""

    name: str
    resource: str
    columns: tuple[Column, ...]
    _constants: dict[str, Nodes] = field(repr=False)
    _where: tuple[tuple[Evaluate, str], ...] = field(repr=False)
    _rows: Rows = field(repr=False)

    def rows(self, resources: Iterable[Resource]) -> Iterator[dict[str, Any]]:
        """Yield a dict for each row: column name -> JSON value or None, a list for a collection, in column order.

        Resources of other types are skipped. Raises ViewError if a resource has a value that the view does not allow.
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
    """Compile a ViewDefinition. Raises ViewError, with the place in the view, for faults that show without data."""
    parsed = definition(view)
    focus = Focus(parsed.resource, frozenset(parsed.constants))
    where = tuple(_condition(text, focus) for text in parsed.where)
    selected = selection(parsed.selects, focus)
    _check_names(selected.columns)
    columns = tuple(Column(column.name, column.type, column.collection) for column in selected.columns)
    return View(parsed.name, parsed.resource, columns, parsed.constants, where, selected.rows)


def _condition(text: Text, focus: Focus) -> tuple[Evaluate, str]:
    return focus.path(text, condition=True).evaluate, text.at


def _check_names(columns: tuple[ColumnPart, ...]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise ViewError(f"there are two columns {column.name}", f"{column.at}.name")
        seen.add(column.name)


def _holds(nodes: Nodes, at: str) -> bool:
    """Evaluate a condition: an empty result is false. Raises ViewError if the result is not one boolean."""
    if len(nodes) > 1 or (nodes and nodes[0][1] is not None and nodes[0][1].__class__ is not bool):
        raise ViewError("a condition must be a boolean", at)
    return bool(nodes) and nodes[0][1] is True
