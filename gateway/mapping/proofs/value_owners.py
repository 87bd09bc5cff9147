"""Find the objects that own the single values that a path finds.

Numbers and texts have no identity by which they could be marked as read; the objects that hold them do.
"""

from collections.abc import Iterator
from typing import Any

from gateway.fhir import path as fhirpath
from gateway.fhir.path import Expression, PathError
from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Member, Tree, TypeTest, Unary
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields
from gateway.mapping.reading.field import Field

_Way = tuple[Expression | None, str]
"""The path to the owners (None: the object that the whole path starts from), and the name of the element in them."""


class ValueOwners:
    """A finder of owners for many resources, which takes each path apart once."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], list[_Way]] = {}

    def of(self, field: Field, node: dict[str, Any], type_: str) -> Iterator[tuple[dict[str, Any], set[str]]]:
        """Yield each object that owns a value which `field` finds in `node`, with the JSON keys of the element."""
        key = (field.path, type_)
        if key not in self._ways:
            self._ways[key] = list(_ways(parse(field.path), field.path, type_))
        yields = field.expression.yields if field.expression is not None else None
        for way, name in self._ways[key]:
            for owner_type, owner in [(type_, node)] if way is None else _matches(way, node):
                if isinstance(owner, dict):
                    keys = {key.key for key in fields(owner_type, name) if not yields or key.type in yields}
                    yield owner, keys


def _matches(way: Expression, node: dict[str, Any]) -> list[tuple[str, Any]]:
    try:
        return way.typed(node)
    except PathError:
        return []


def _ways(tree: Tree | None, text: str, type_: str) -> Iterator[_Way]:
    match tree:
        case Member(source=None, name=name):
            yield None, name
        case Member(source=source, name=name, at=at):
            try:
                yield fhirpath.compile(text[_start(source) : at].rstrip().removesuffix("."), type_), name
            except PathError:  # the path begins with a bracket, so its beginning cannot be cut out of the text
                return
        case FunctionCall(source=None, arguments=arguments):
            for argument in arguments:
                yield from _ways(argument, text, type_)
        case FunctionCall(source=source) | Indexer(source=source) | TypeTest(operator="as", operand=source):
            yield from _ways(source, text, type_)
        case Binary(left=left, right=right):
            yield from _ways(left, text, type_)
            yield from _ways(right, text, type_)
        case Unary(operand=operand):
            yield from _ways(operand, text, type_)


def _start(tree: Tree | None) -> int:
    """Return where in the text a path begins."""
    while isinstance(tree, Member | FunctionCall | Indexer) and tree.source is not None:
        tree = tree.source
    return _start(tree.operand) if isinstance(tree, TypeTest) else tree.at if tree is not None else 0
