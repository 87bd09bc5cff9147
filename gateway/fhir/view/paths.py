"""Compile the FHIRPath of a view, and check it against the R4 type that it will be applied to."""

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
from gateway.fhir.view.dialect import adjusted
from gateway.fhir.view.errors import ViewError

FIRST = integer(0)


class Frame(NamedTuple):
    """The input of a select: its focus, the constants and %rowIndex."""

    this: Nodes
    constants: Mapping[str, Nodes]
    row: Nodes = FIRST


Evaluate = Callable[[Scope, Frame], Nodes]


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    evaluate: raises ViewError.
    reads_row: whether it reads %rowIndex.
    """

    evaluate: Evaluate
    tree: Tree
    reads_row: bool


@dataclass(frozen=True, slots=True)
class Focus:
    """The input of a path, as far as it is known without data.

    resource: the resource type of the view.
    constants: their names.
    above: the path from the resource to this input, None for the resource itself.
    known: False below a `repeat`, where each round may reach other types.
    """

    resource: str
    constants: frozenset[str]
    above: Tree | None = None
    known: bool = True

    def path(self, source: Text, *, condition: bool = False) -> Path:
        """Compile a path from this input.

        Raises ViewError for a text that is not FHIRPath, an unknown element, and a constant that is not defined.
        """
        try:
            tree = adjusted(parse(source.text))
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
        """Return the focus inside a forEach over `tree`."""
        return Focus(self.resource, self.constants, self._whole(tree), self.known)

    def unknown(self) -> "Focus":
        """Return the focus inside a repeat."""
        return Focus(self.resource, self.constants, None, False)

    def _whole(self, tree: Tree) -> Tree:
        """Return the path from the resource to `tree`, so that one check covers the path and all paths above it."""
        return tree if self.above is None else FunctionCall(self.above, "select", (tree,), 0)

    def _check_names(self, names: frozenset[str]) -> None:
        for name in sorted(names):
            if name not in self.constants and name != ROW_INDEX and not is_reserved(name):
                raise PathError(f"there is no constant {name}", phase="semantic")


def _variables(tree: Tree) -> frozenset[str]:
    """Return the %names that a path reads, without those that it defines itself by defineVariable()."""
    names, waiting, defined = set[str](), [tree], set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Variable):
            names.add(node.name)
        if isinstance(node, FunctionCall) and node.name == "defineVariable" and node.arguments:
            defined.add(str(getattr(node.arguments[0], "value", "")))
        waiting += children(node)
    return frozenset(names - defined)
