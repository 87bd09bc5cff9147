"""repeat, aggregate, iif, coalesce, sort, children and descendants.

https://hl7.org/fhirpath/N1/#tree-navigation, https://hl7.org/fhirpath/N1/#aggregates
"""

from collections.abc import Callable
from functools import cmp_to_key

from gateway.fhir.path import navigation
from gateway.fhir.path.comparison import compare
from gateway.fhir.path.equality import SeenNodes
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction, each, plain, unordered
from gateway.fhir.path.nodes import Unary
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Node, Nodes, single, truth


def _repeat(source: Run, projection: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        seen = SeenNodes()
        return _closure(scope, source(scope), projection, seen.is_new)

    return run


def _repeat_all(source: Run, projection: Argument) -> Run:
    return lambda scope: _closure(scope, source(scope), projection, lambda node: True)


def _closure(scope: Scope, pending: Nodes, projection: Argument, accept: Callable[[Node], bool]) -> Nodes:
    """Apply `projection` again and again to its own accepted results. Raises PathError if that does not seem to end."""
    reached: Nodes = []
    while pending:
        results = [result for _, result in each(scope, pending, projection.run)]
        pending = [node for result in results for node in result if accept(node)]
        reached.extend(pending)
        if len(reached) > _MAX_REPEATED:
            raise PathError("the repetition does not end")
    return reached


_MAX_REPEATED = 100_000


def _descendants(nodes: Nodes) -> Nodes:
    below: Nodes = []
    for node in nodes:
        for child in navigation.children(node):
            below.append(child)
            below.extend(_descendants([child]))
    return below


def _aggregate(source: Run, step: Argument, *start: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        nodes, before = source(scope), scope.total
        scope.total = start[0].run(scope) if start else []
        for _, result in each(scope, nodes, step.run):
            scope.total = result
        total, scope.total = scope.total, before
        return total

    return run


def _iif(source: Run, criterion: Argument, then: Argument, *otherwise: Argument) -> Run:
    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        single(nodes)
        before = scope.this
        scope.this = nodes
        try:
            if truth(criterion.run(scope)):
                return then.run(scope)
            return otherwise[0].run(scope) if otherwise else []
        finally:
            scope.this = before

    return run


def _sort(source: Run, *keys: Argument) -> Run:
    """Keys as `-family` or `family desc` sort downwards; items without the key come first either way."""
    runs = [_key(key) for key in keys]

    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        columns = [[single(result) for _, result in each(scope, nodes, key)] for key, _ in runs] or [list(nodes)]
        signs = [sign for _, sign in runs] or [1]

        def order(left: int, right: int) -> int:
            scope.spend(1)
            for column, sign in zip(columns, signs, strict=True):
                result = _order(column[left], column[right], sign)
                if result:
                    return result
            return 0

        return [nodes[place] for place in sorted(range(len(nodes)), key=cmp_to_key(order))]

    return run


def _key(key: Argument) -> tuple[Run, int]:
    if isinstance(key.tree, Unary) and key.tree.operator == "-":
        return key.compile(key.tree.operand), -1
    return key.run, -1 if isinstance(key.tree, Unary) and key.tree.operator == "desc" else 1


def _order(left: Node | None, right: Node | None, sign: int) -> int:
    if left is None or right is None:
        return (left is not None) - (right is not None)
    return sign * (compare(left, right) or 0)


def _coalesce(source: Run, *choices: Argument) -> Run:
    """Compile coalesce(): the first argument that is not empty. The arguments after it are not evaluated."""

    def run(scope: Scope) -> Nodes:
        return next((nodes for choice in choices if (nodes := choice.run(scope))), [])

    return run


def _children(nodes: Nodes) -> Nodes:
    return [child for node in nodes for child in navigation.children(node)]


FUNCTIONS: dict[str, PathFunction] = {
    "repeat": PathFunction(1, 1, _repeat, focus="item"),
    "repeatAll": PathFunction(1, 1, _repeat_all, focus="item"),
    "children": unordered(plain(_children)),
    "descendants": unordered(plain(_descendants)),
    "aggregate": PathFunction(1, 2, _aggregate, focus="item"),
    "iif": PathFunction(2, 3, _iif, gives="branches", focus="item", condition=True),
    "coalesce": PathFunction(1, 99, _coalesce),
    "sort": PathFunction(0, 9, _sort, gives="input", focus="item"),
}
