"""Compile selects to closures that return rows. A row is a tuple of values in the order of the columns.

Each kind of select is a small function from selections to a selection: columns, selects side by side, union, iteration.
https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html#processing-algorithm-model
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway import budget
from gateway.fhir import r4
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import UNREAD, Nodes, integer
from gateway.fhir.view.definition import ColumnPart, Select
from gateway.fhir.view.errors import ViewError
from gateway.fhir.view.paths import Focus, Frame, Path

Row = tuple[Any, ...]
Rows = Callable[[Scope, Frame], list[Row]]
Blank = Callable[[Scope, Frame], Row]

_MAX_PRODUCTS = 100_000
"""Rows of one resource that selects side by side may make: their numbers multiply."""
_MAX_ROWS = 500_000
"""Rows of one resource in total."""
_MAX_LEVELS = 64
"""Levels of a repeat."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A compiled select.

    rows: returns its rows for a frame.
    blank: returns its row in a forEachOrNull without items.
    """

    columns: tuple[ColumnPart, ...]
    rows: Rows
    blank: Blank


def selection(selects: Sequence[Select], focus: Focus) -> Selection:
    """Compile selects that stand side by side: each row of one with each row of the others. Raises ViewError."""
    return _side_by_side([_compiled(select, focus) for select in selects], selects[0].at)


def _compiled(select: Select, focus: Focus) -> Selection:
    """Compile one select: its columns, selects and union side by side, for each item of its iteration."""
    paths = [focus.path(text) for text in select.paths] if select.iteration != "repeat" else []
    if select.iteration == "repeat":
        paths = [focus.unknown().path(text) for text in select.paths]
        inside = focus.unknown()
    else:
        inside = focus.within(paths[0].tree) if paths else focus
    parts = [_columns(select.columns, inside)] if select.columns else []
    parts += [_compiled(child, inside) for child in select.selects]
    if select.unions:
        parts.append(_union([_compiled(branch, inside) for branch in select.unions], select))
    if not parts:
        raise ViewError("a select needs a column, select or unionAll", select.at)
    return _iterated(_side_by_side(parts, select.at), select, paths)


def _columns(columns: tuple[ColumnPart, ...], focus: Focus) -> Selection:
    """Compile columns, which make one row."""
    paths = [(column, focus.path(column.path)) for column in columns]

    def rows(scope: Scope, frame: Frame) -> list[Row]:
        return [tuple([_value(path.evaluate(scope, frame), column) for column, path in paths])]

    def blank(scope: Scope, frame: Frame) -> Row:
        values = (path.evaluate(scope, frame) if path.reads_row else [] for _, path in paths)
        return tuple(_value(nodes, column) for (column, _), nodes in zip(paths, values, strict=True))

    return Selection(columns, rows, blank)


def _value(nodes: Nodes, column: ColumnPart) -> Any:
    values = [_checked(node[1], column) for node in nodes if node[1] is not None and node[1] is not UNREAD]
    if column.collection:
        return values
    if len(values) > 1:
        raise ViewError(f"column {column.name} has {len(values)} values and is not a collection", column.path.at)
    return values[0] if values else None


def _checked(value: Any, column: ColumnPart) -> Any:
    """Return the value. Raises ViewError for an object in a column that has no type or a primitive one."""
    if value.__class__ is dict and is_primitive(column.type):
        expected = column.type or "a primitive type, as the column has no type"
        raise ViewError(f"column {column.name}: {expected} expected, an object found", column.path.at)
    return value


def is_primitive(type_: str) -> bool:
    """Return whether the type is primitive."""
    definition = r4.types().get(type_)
    return not type_ or (definition is not None and definition.kind == "primitive")


def _side_by_side(parts: list[Selection], at: str) -> Selection:
    if len(parts) == 1:
        return parts[0]

    def rows(scope: Scope, frame: Frame) -> list[Row]:
        products: list[Row] = [()]
        for part in parts:
            more = part.rows(scope, frame)
            if len(products) * len(more) > _MAX_PRODUCTS:
                raise ViewError(f"more than {_MAX_PRODUCTS} rows of one resource", at)
            products = [left + right for left in products for right in more]
        return products

    def blank(scope: Scope, frame: Frame) -> Row:
        return tuple(value for part in parts for value in part.blank(scope, frame))

    return Selection(tuple(column for part in parts for column in part.columns), rows, blank)


def _union(branches: list[Selection], select: Select) -> Selection:
    first = branches[0]
    names = [column.name for column in first.columns]
    for index, branch in enumerate(branches):
        if [column.name for column in branch.columns] != names:
            text = f"the columns of a unionAll must be the same in the same order: {', '.join(names)}"
            raise ViewError(text, f"{select.at}.unionAll[{index}]")

    def rows(scope: Scope, frame: Frame) -> list[Row]:
        return [row for branch in branches for row in branch.rows(scope, frame)]

    columns = zip(*(branch.columns for branch in branches), strict=True)
    return Selection(tuple(_shared(same) for same in columns), rows, first.blank)


def _shared(columns: tuple[ColumnPart, ...]) -> ColumnPart:
    same = {(column.type, column.collection) for column in columns}
    return columns[0] if len(same) == 1 else replace(columns[0], type="")


def _iterated(inner: Selection, select: Select, paths: list[Path]) -> Selection:
    if select.iteration is None:
        return inner
    find = _closure(paths, select.at) if select.iteration == "repeat" else paths[0].evaluate

    def rows_of(scope: Scope, frame: Frame, nodes: Nodes) -> list[Row]:
        found: list[Row] = []
        for index, node in enumerate(nodes):
            budget.check()
            found += inner.rows(scope, Frame([node], frame.constants, integer(index)))
            if len(found) > _MAX_ROWS:
                raise ViewError(f"more than {_MAX_ROWS} rows of one resource", select.at)
        return found

    def rows(scope: Scope, frame: Frame) -> list[Row]:
        return rows_of(scope, frame, find(scope, frame))

    def rows_or_blank(scope: Scope, frame: Frame) -> list[Row]:
        nodes = find(scope, frame)
        if not nodes:
            return [inner.blank(scope, Frame([], frame.constants))]
        return rows_of(scope, frame, nodes)

    return Selection(inner.columns, rows_or_blank if select.iteration == "forEachOrNull" else rows, inner.blank)


def _closure(paths: list[Path], at: str) -> Callable[[Scope, Frame], Nodes]:
    """Return the function of a repeat: all nodes that the paths reach again and again, each before those below it."""

    def below(scope: Scope, frame: Frame, level: int) -> Iterator[Any]:
        if level > _MAX_LEVELS:
            raise ViewError("the repetition does not end", f"{at}.repeat")
        for path in paths:
            for node in path.evaluate(scope, frame):
                yield node
                yield from below(scope, Frame([node], frame.constants, frame.row), level + 1)

    def find(scope: Scope, frame: Frame) -> Nodes:
        reached: Nodes = []
        for node in below(scope, frame, 1):
            reached.append(node)
            if len(reached) > _MAX_PRODUCTS:
                raise ViewError("the repetition does not end", f"{at}.repeat")
        return reached

    return find
