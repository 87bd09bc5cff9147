"""What a function of the language is to the compiler.

A family module under `functions/` exports `FUNCTIONS: dict[name, Function]`; the compiler knows none by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.fhir.path.nodes import Tree
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Nodes


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as text tree and compiled; evaluated on `scope.this`."""

    tree: Tree
    run: Run


Make = Callable[..., Run]  # (source: Run, *arguments: Argument) -> Run


@dataclass(frozen=True, slots=True)
class Function:
    least: int
    most: int
    make: Make


def plain(apply: Callable[..., Nodes], least: int = 0, most: int | None = None) -> Function:
    """A function of evaluated collections: apply(input, *arguments)."""

    def make(source: Run, *arguments: Argument) -> Run:
        if not arguments:
            return lambda scope: apply(source(scope))
        if len(arguments) == 1:
            only = arguments[0].run
            return lambda scope: apply(source(scope), only(scope))
        runs = [argument.run for argument in arguments]
        return lambda scope: apply(source(scope), *[run(scope) for run in runs])

    return Function(least, least if most is None else most, make)


def scoped(apply: Callable[..., Nodes], least: int = 0, most: int | None = None) -> Function:
    """Like `plain`, but apply(scope, input, *arguments)."""

    def make(source: Run, *arguments: Argument) -> Run:
        runs = [argument.run for argument in arguments]

        def run(scope: Scope) -> Nodes:
            nodes = source(scope)
            return apply(scope, nodes, *[argument(scope) for argument in runs])

        return run

    return Function(least, least if most is None else most, make)


def each(scope: Scope, nodes: Nodes, run: Run) -> Any:
    """Yield (node, result of `run` with that node as $this and its place as $index)."""
    this, index, variables = scope.this, scope.index, scope.variables
    for place, node in enumerate(nodes):
        scope.this, scope.index, scope.variables = [node], place, variables
        yield node, run(scope)
    scope.this, scope.index, scope.variables = this, index, variables
