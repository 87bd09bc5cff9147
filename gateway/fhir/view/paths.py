"""The FHIRPath of a view: compiled, and checked against the R4 type it will be applied to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gateway.fhir.path.check import check
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Empty, FunctionCall, Tree, Variable, children
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import Nodes, integer
from gateway.fhir.path.variables import is_reserved
from gateway.fhir.view.definition import ROW_INDEX, Text
from gateway.fhir.view.dialect import meant
from gateway.fhir.view.errors import ViewError

FIRST = integer(0)


class Frame(NamedTuple):
    """What a select is applied to: its focus, the constants, %rowIndex."""

    this: Nodes
    constants: Mapping[str, Nodes]
    row: Nodes = FIRST


Evaluate = Callable[[Scope, Frame], Nodes]


@dataclass(frozen=True, slots=True)
class Path:
    """`evaluate` raises ViewError."""

    evaluate: Evaluate
    tree: Tree
    reads_row: bool


@dataclass(frozen=True, slots=True)
class Focus:
    """What is known of the input of a path: the resource type, and the path that led here.

    `known` is false below a `repeat`: each round may find other types.
    """

    resource: str
    constants: frozenset[str]
    above: Tree | None = None
    known: bool = True

    def path(self, source: Text, *, condition: bool = False) -> Path:
        """Raises ViewError: no FHIRPath, an element that is not there, a constant that is not defined."""
        try:
            tree = meant(parse(source.text))
            run = compiled(tree)
            names = _variables(tree)
            self._check_names(names)
            if self.known:
                check(self._whole(FunctionCall(None, "iif", (tree, Empty(0)), 0) if condition else tree), self.resource)
        except PathError as error:
            raise ViewError(error.text, source.at) from None

        reads_row = ROW_INDEX in names

        def evaluate(scope: Scope, frame: Frame) -> Nodes:
            scope.this = frame.this
            scope.variables = {**frame.constants, ROW_INDEX: frame.row} if reads_row else frame.constants
            try:
                return run(scope)
            except PathError as error:
                raise ViewError(error.text, source.at) from None

        return Path(evaluate, tree, reads_row)

    def within(self, tree: Tree) -> "Focus":
        """The focus inside a forEach."""
        return Focus(self.resource, self.constants, self._whole(tree), self.known)

    def unknown(self) -> "Focus":
        """The focus inside a repeat."""
        return Focus(self.resource, self.constants, None, False)

    def _whole(self, tree: Tree) -> Tree:
        """The path from the resource, so that one inference covers all that lies above."""
        return tree if self.above is None else FunctionCall(self.above, "select", (tree,), 0)

    def _check_names(self, names: frozenset[str]) -> None:
        for name in sorted(names):
            if name not in self.constants and name != ROW_INDEX and not is_reserved(name):
                raise PathError(f"there is no constant {name}", phase="semantic")


def _variables(tree: Tree) -> frozenset[str]:
    """The %names a path reads from outside, without those that its own defineVariable() makes."""
    found, waiting, own = set[str](), [tree], set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Variable):
            found.add(node.name)
        if isinstance(node, FunctionCall) and node.name == "defineVariable" and node.arguments:
            own.add(str(getattr(node.arguments[0], "value", "")))
        waiting += children(node)
    return frozenset(found - own)
