"""What a function of the language is to the compiler and to the checker.

A family module under `functions/` exports `FUNCTIONS: dict[name, Function]`; nobody else knows one by name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Member, Tree
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Node, Nodes


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as text tree and compiled (evaluated on `scope.this`); `compile` is for a part of the tree."""

    tree: Tree
    run: Run
    compile: Callable[[Tree], Run]


@dataclass(frozen=True, slots=True)
class PathFunction:
    """`make` turns (source, *arguments) into a closure; the rest is for the check against a type.

    `gives`: a type; `input`, `argument` (the types of the input or the last argument), `both`, `branches` (those of all
    arguments but the first), `type` (the type named by the argument), or empty when it cannot be told. `focus`: what
    the arguments are evaluated on: `this` as outside, each `item` of the input, or nothing, because the argument is the
    name of a `type`. `order`: the result is `undefined` in order, or depends on the order of the input, which must then
    be `defined`. `condition`: the first argument is one, and no other value will do.
    """

    least: int
    most: int
    make: Callable[..., Run]
    gives: str = ""
    focus: Literal["this", "item", "type"] = "this"
    order: Literal["", "undefined", "defined"] = ""
    condition: bool = False


def plain(apply: Callable[..., Nodes], least: int = 0, most: int | None = None, gives: str = "") -> PathFunction:
    """A function of evaluated collections: apply(input, *arguments)."""

    def make(source: Run, *arguments: Argument) -> Run:
        if not arguments:
            return lambda scope: apply(source(scope))
        if len(arguments) == 1:
            only = arguments[0].run
            return lambda scope: apply(source(scope), only(scope))
        runs = [argument.run for argument in arguments]
        return lambda scope: apply(source(scope), *[run(scope) for run in runs])

    return PathFunction(least, least if most is None else most, make, gives)


def scoped(apply: Callable[..., Nodes], gives: str = "") -> PathFunction:
    """A function without arguments that needs the scope: apply(scope, input)."""

    def make(source: Run) -> Run:
        return lambda scope: apply(scope, source(scope))

    return PathFunction(0, 0, make, gives)


def ordered(function: PathFunction) -> PathFunction:
    return replace(function, order="defined")


def unordered(function: PathFunction) -> PathFunction:
    return replace(function, order="undefined")


def each(scope: Scope, nodes: Nodes, run: Run) -> Iterator[tuple[Node, Nodes]]:
    """Yield (node, result of `run` with that node as $this and its place as $index); to be exhausted."""
    this, index, variables = scope.this, scope.index, scope.variables
    scope.spend(len(nodes))
    for place, node in enumerate(nodes):
        scope.this, scope.index, scope.variables = [node], place, variables
        yield node, run(scope)
    scope.this, scope.index, scope.variables = this, index, variables


def type_name(tree: Tree) -> str:
    """`Patient`, `FHIR.Patient` from the tree of an argument."""
    if isinstance(tree, Member):
        return tree.name if tree.source is None else f"{type_name(tree.source)}.{tree.name}"
    raise PathError("the name of a type expected", phase="semantic", at=tree.at)
