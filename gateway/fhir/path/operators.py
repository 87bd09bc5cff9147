"""The operators (https://hl7.org/fhirpath/N1/#operations), in a table for each form that they have in Python."""

from collections.abc import Callable

from gateway.fhir.path import arithmetic, equality, temporal
from gateway.fhir.path.comparison import compare
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Literal
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.type_model import convertible, matching
from gateway.fhir.path.values import FALSE, TRUE, Nodes, boolean, single, truth


def check_literal(tree: Literal) -> None:
    """Raise PathError for a date or time that does not exist, such as @2015-02-30."""
    kind = tree.type.removeprefix("System.")
    if kind in ("Date", "DateTime", "Time") and temporal.parse(tree.value.removesuffix("T"), kind) is None:
        raise PathError(f"this {kind} does not exist: {tree.value}", phase="syntax", at=tree.at)


def union(left: Nodes, right: Nodes) -> Nodes:
    """Return the items of both sides without duplicates."""
    return equality.distinct(left + right)


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _ordered(accept: Callable[[int], bool]) -> Callable[[Nodes, Nodes], Nodes]:
    def apply(left: Nodes, right: Nodes) -> Nodes:
        a, b = single(left), single(right)
        if a is None or b is None or a[1] is None or b[1] is None:
            return []
        order = compare(a, b)
        return [] if order is None else [TRUE] if accept(order) else [FALSE]

    return apply


def _member_of(scope: Scope, left: Nodes, right: Nodes) -> Nodes:
    node = single(left)
    scope.spend(len(right))
    return [] if node is None else boolean(equality.contains(right, node))


def _and(left: Run, right: Run) -> Run:
    def run(scope: Scope) -> Nodes:
        a = truth(left(scope))
        if a is False:
            return [FALSE]
        b = truth(right(scope))
        return [FALSE] if b is False else [TRUE] if a and b else []

    return run


def _or(left: Run, right: Run) -> Run:
    def run(scope: Scope) -> Nodes:
        a = truth(left(scope))
        if a:
            return [TRUE]
        b = truth(right(scope))
        return [TRUE] if b else [FALSE] if a is False and b is False else []

    return run


def _implies(left: Run, right: Run) -> Run:
    def run(scope: Scope) -> Nodes:
        a = truth(left(scope))
        if a is False:
            return [TRUE]
        b = truth(right(scope))
        return [TRUE] if b else [FALSE] if a and b is False else []

    return run


def _xor(left: Nodes, right: Nodes) -> Nodes:
    a, b = truth(left), truth(right)
    return [] if a is None or b is None else boolean(a != b)


# The operators that do not evaluate the right side if the left side decides.
LAZY: dict[str, Callable[[Run, Run], Run]] = {"and": _and, "or": _or, "implies": _implies}
UNARY: dict[str, Callable[[Nodes], Nodes]] = {"-": arithmetic.negative, "+": arithmetic.positive}
BINARY: dict[str, Callable[[Nodes, Nodes], Nodes]] = {
    "=": lambda left, right: boolean(equality.equal(left, right)),
    "!=": lambda left, right: boolean(_negated(equality.equal(left, right))),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "|": union,
    "xor": _xor,
    **arithmetic.BINARY,
}


# The operators that compare each item of one side with each of the other. Their results do not show their cost.
WIDE: dict[str, Callable[[Scope, Nodes, Nodes], Nodes]] = {
    "~": lambda scope, left, right: boolean(equality.equivalent(left, right, scope.spend)),
    "!~": lambda scope, left, right: boolean(not equality.equivalent(left, right, scope.spend)),
    "in": _member_of,
    "contains": lambda scope, left, right: _member_of(scope, right, left),
}


def _existing(types: frozenset[str] | None, name: str, at: int) -> frozenset[str]:
    if types is None:
        raise PathError(f"there is no type {name}", phase="semantic", at=at)
    return types


def is_type(source: Run, name: str, at: int) -> Run:
    """Compile `is`. Raises PathError for an unknown type."""
    allowed = _existing(matching(name), name, at)

    def run(scope: Scope) -> Nodes:
        node = single(source(scope))
        return [] if node is None else [TRUE] if node[0] in allowed else [FALSE]

    return run


def of_type(source: Run, name: str, at: int) -> Run:
    """Compile ofType() and the operator `as`, which R4's own search parameters apply to collections too.

    Raises PathError for an unknown type.
    """
    allowed = _existing(convertible(name), name, at)
    return lambda scope: [node for node in source(scope) if node[0] in allowed]


TYPES: dict[str, Callable[[Run, str, int], Run]] = {"is": is_type, "as": of_type}
