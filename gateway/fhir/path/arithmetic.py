"""Evaluate `+ - * / div mod &` (https://hl7.org/fhirpath/N1/#math-1). Overflow and division by zero are empty."""

import operator
from collections.abc import Callable
from decimal import Decimal, DecimalException, localcontext
from typing import Any

from gateway.fhir.path import date_arithmetic
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.quantity_math import product, quotient, total, with_value
from gateway.fhir.path.values import KINDS, Node, Nodes, check_length, single, string, text

_INTEGER = range(-(2**31), 2**31)
_MOMENTS = ("Date", "DateTime", "Time")


def numeric(value: Any) -> Nodes:
    """Return an int or Decimal as a collection, empty for an Integer beyond 32 bits and an infinite Decimal."""
    if isinstance(value, Decimal):
        return [("System.Decimal", value, None)] if value.is_finite() else []
    return [("System.Integer", value, None)] if value in _INTEGER else []


def _measure(quantity: dict[str, Any] | None) -> Nodes:
    return [] if quantity is None else [("System.Quantity", quantity, None)]


def _binary(symbol: str, apply: Callable[[Node, str | None, Node, str | None], Nodes | None]) -> Any:
    def run(left: Nodes, right: Nodes) -> Nodes:
        a, b = single(left), single(right)
        if a is None or b is None or a[1] is None or b[1] is None:
            return []
        try:
            result = apply(a, KINDS.get(a[0]), b, KINDS.get(b[0]))
        except (DecimalException, OverflowError, ZeroDivisionError):
            return []
        if result is None:
            raise PathError(f"{a[0]} {symbol} {b[0]} is not defined")
        return result

    return run


def _are_numbers(kind: str | None, other: str | None) -> bool:
    return kind in ("Integer", "Decimal") and other in ("Integer", "Decimal")


def _add(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    if _are_numbers(kind, other):
        return numeric(a[1] + b[1])
    if kind == other == "String":
        return _joined(a[1], b[1])
    if kind == other == "Quantity":
        return _measure(total(a[1], b[1], 1))
    if kind in _MOMENTS and other == "Quantity":
        return date_arithmetic.moved(a, kind or "", b[1], 1)
    return None


def _subtract(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    if _are_numbers(kind, other):
        return numeric(a[1] - b[1])
    if kind == other == "Quantity":
        return _measure(total(a[1], b[1], -1))
    if kind in _MOMENTS and other == "Quantity":
        return date_arithmetic.moved(a, kind or "", b[1], -1)
    return None


def _as_quantity(node: Node, kind: str | None) -> dict[str, Any] | None:
    if kind == "Quantity":
        value: dict[str, Any] = node[1]
        return value
    return {"value": node[1]} if kind in ("Integer", "Decimal") else None


def _multiply(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    if _are_numbers(kind, other):
        return numeric(a[1] * b[1])
    left, right = _as_quantity(a, kind), _as_quantity(b, other)
    return None if left is None or right is None else _measure(product(left, right))


def _divide(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    if _are_numbers(kind, other):
        return numeric(divided(Decimal(a[1]), Decimal(b[1])))
    left, right = _as_quantity(a, kind), _as_quantity(b, other)
    return None if left is None or right is None else _measure(quotient(left, right))


def divided(a: Decimal, b: Decimal) -> Decimal:
    """Divide with 28 significant digits. Raises ArithmeticError for a division by zero."""
    with localcontext() as context:
        context.prec = 28
        return a / b


def _div(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    return numeric(int(Decimal(a[1]) // Decimal(b[1]))) if _are_numbers(kind, other) else None


def _mod(a: Node, kind: str | None, b: Node, other: str | None) -> Nodes | None:
    if not _are_numbers(kind, other):
        return None
    rest = Decimal(a[1]) % Decimal(b[1])
    return numeric(int(rest) if kind == other == "Integer" else rest)


def concatenate(left: Nodes, right: Nodes) -> Nodes:
    """Evaluate `&`: an empty operand counts as an empty string."""
    return _joined(text(left) or "", text(right) or "")


def _joined(left: str, right: str) -> Nodes:
    check_length(len(left) + len(right))
    return string(left + right)


def negative(nodes: Nodes) -> Nodes:
    """Change the sign of a number or quantity. Raises PathError for any other type."""
    node = single(nodes)
    if node is None or node[1] is None:
        return []
    kind = KINDS.get(node[0])
    if kind in ("Integer", "Decimal"):
        return [(f"System.{kind}", -node[1], None)]
    if kind == "Quantity":
        return _measure(with_value(node[1], operator.neg))
    raise PathError(f"{node[0]} has no sign")


def positive(nodes: Nodes) -> Nodes:
    """Return a number or quantity as it is. Raises PathError for any other type."""
    negative(nodes)  # for its errors
    return nodes


BINARY: dict[str, Callable[[Nodes, Nodes], Nodes]] = {
    "+": _binary("+", _add),
    "-": _binary("-", _subtract),
    "*": _binary("*", _multiply),
    "/": _binary("/", _divide),
    "div": _binary("div", _div),
    "mod": _binary("mod", _mod),
    "&": concatenate,
}
