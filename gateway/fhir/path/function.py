"""Define what a function of FHIRPath is for the compiler and for the type check.

Each module of `functions/` exports a table `FUNCTIONS`, name -> PathFunction. The compiler and the check know no
function by name, except for the few that are syntax (`asc` in sort(), defineVariable()).
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
    """An argument of a function call.

    tree: its syntax tree.
    run: the compiled argument, evaluated on `scope.this`.
    compile: compiles a part of the tree; for functions that evaluate only a part.
    """

    tree: Tree
    run: Run
    compile: Callable[[Tree], Run]


@dataclass(frozen=True, slots=True)
class PathFunction:
    """A function of FHIRPath. The fields below `make` serve the check against a type.

    least, most: how many arguments it takes.
    make: turns (source, *arguments) into a closure.
    gives: the type of the result. Instead of a type, `input` or `argument` (the types of the input, or of the last
        argument), `both` of these, `branches` (the types of all arguments but the first), `type` (the type that the
        argument names), or "" if it cannot be told.
    focus: what the arguments are evaluated on: $this as outside (`this`), each `item` of the input, or nothing, because
        the argument is the name of a `type`.
    order: `undefined` if the result has no order, `defined` if the result depends on the order of the input.
    condition: whether the first argument must be a Boolean.
    """

    least: int
    most: int
    make: Callable[..., Run]
    gives: str = ""
    focus: Literal["this", "item", "type"] = "this"
    order: Literal["", "undefined", "defined"] = ""
    condition: bool = False


def plain(apply: Callable[..., Nodes], least: int = 0, most: int | None = None, gives: str = "") -> PathFunction:
    """Return a function of evaluated collections. Its closure calls `apply(input, *arguments)`."""

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
    """Return a function without arguments that needs the scope. Its closure calls `apply(scope, input)`."""

    def make(source: Run) -> Run:
        return lambda scope: apply(scope, source(scope))

    return PathFunction(0, 0, make, gives)


def ordered(function: PathFunction) -> PathFunction:
    """Return the function, marked as one whose result depends on the order of the input."""
    return replace(function, order="defined")


def unordered(function: PathFunction) -> PathFunction:
    """Return the function, marked as one whose result has no order."""
    return replace(function, order="undefined")


def each(scope: Scope, nodes: Nodes, run: Run) -> Iterator[tuple[Node, Nodes]]:
    """Yield each node with the result of `run` on it as $this. Callers must exhaust it: it restores the scope last."""
    this, index, variables = scope.this, scope.index, scope.variables
    scope.spend(len(nodes))
    for place, node in enumerate(nodes):
        scope.this, scope.index, scope.variables = [node], place, variables
        yield node, run(scope)
    scope.this, scope.index, scope.variables = this, index, variables


def type_name(tree: Tree) -> str:
    """Return the type name that an argument is, `Patient` or `FHIR.Patient`. Raises PathError for anything else."""
    if isinstance(tree, Member):
        return tree.name if tree.source is None else f"{type_name(tree.source)}.{tree.name}"
    raise PathError("the name of a type expected", phase="semantic", at=tree.at)
