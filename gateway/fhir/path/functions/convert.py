"""toInteger, convertsToDate and so on (https://hl7.org/fhirpath/N1/#conversion).

A value that does not convert gives an empty result, not an error.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.fhir.path import temporal
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import PathFunction, plain
from gateway.fhir.path.quantity_math import convertible, in_unit, written
from gateway.fhir.path.values import CALENDAR, KINDS, Node, Nodes, boolean, quantity, single, text

_TRUE = ("true", "t", "yes", "y", "1", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "0.0")
_INTEGER = re.compile(r"[+-]?\d{1,400}")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")
_QUANTITY = re.compile(r"(?P<value>[+-]?\d+(\.\d+)?)\s*(?:'(?P<unit>[^']+)'|(?P<word>[a-zA-Z]+))?")


def _boolean(value: Any, kind: str) -> Any:
    if kind == "Boolean":
        return value
    if kind in ("String", "Integer", "Decimal"):
        word = value.lower() if kind == "String" else "1" if value == 1 else "0" if value == 0 else ""
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def _integer(value: Any, kind: str) -> Any:
    if kind in ("Integer", "Boolean"):
        return int(value)
    if kind == "String" and _INTEGER.fullmatch(value) and -(2**31) <= int(value) < 2**31:
        return int(value)
    return None


def _decimal(value: Any, kind: str) -> Any:
    if kind in ("Integer", "Decimal", "Boolean"):
        return Decimal(value)
    return Decimal(value) if kind == "String" and _DECIMAL.fullmatch(value) else None


def _string(value: Any, kind: str) -> Any:
    if kind == "Boolean":
        return "true" if value else "false"
    if kind == "Decimal":
        return f"{Decimal(value):f}"
    return written(value) if kind == "Quantity" else str(value)


def _temporal(target: str) -> Callable[[Any, str], Any]:
    def run(value: Any, kind: str) -> Any:
        if kind not in ("String", "Date", "DateTime", target) or not isinstance(value, str):
            return None
        if target == "Date" and kind == "DateTime":
            value = value[:10].removesuffix("T")
        elif kind in ("Date", "DateTime") and target == "Time":
            return None
        return value if temporal.parse(value, target) else None

    return run


def _quantity(value: Any, kind: str) -> Any:
    if kind == "Quantity":
        return value
    if kind in ("Integer", "Decimal", "Boolean"):
        return quantity(Decimal(value), "1")
    match = _QUANTITY.fullmatch(value) if kind == "String" else None
    if match is None or (match["word"] and match["word"] not in CALENDAR):
        return None
    number = Decimal(match["value"])
    return quantity(number, match["word"] or match["unit"] or "1", calendar=bool(match["word"]))


_CONVERSIONS: dict[str, Callable[[Any, str], Any]] = {
    "Boolean": _boolean,
    "Integer": _integer,
    "Decimal": _decimal,
    "String": _string,
    "Date": _temporal("Date"),
    "DateTime": _temporal("DateTime"),
    "Time": _temporal("Time"),
    "Quantity": _quantity,
}


def _converted(node: Node, name: str) -> Any:
    kind = KINDS.get(node[0])
    return None if kind is None or node[1] is None else _CONVERSIONS[name](node[1], kind)


def _to(name: str) -> PathFunction:
    def run(nodes: Nodes, *unit: Nodes) -> Nodes:
        node = single(nodes)
        value = None if node is None else _converted(node, name)
        if value is not None and unit:
            value = in_unit(value, text(unit[0]) or "1")
        return [] if value is None else [(f"System.{name}", value, None)]

    return plain(run, 0, 1 if name == "Quantity" else 0, f"System.{name}")


def _converts_to(name: str) -> PathFunction:
    def run(nodes: Nodes, *unit: Nodes) -> Nodes:
        node = single(nodes)
        if node is None:
            return []
        value = _converted(node, name)
        return boolean(value is not None and (not unit or in_unit(value, text(unit[0]) or "1") is not None))

    return plain(run, 0, 1 if name == "Quantity" else 0, "System.Boolean")


def _comparable(nodes: Nodes, other: Nodes) -> Nodes:
    left, right = single(nodes), single(other)
    if left is None or right is None:
        return []
    if KINDS.get(left[0]) != "Quantity" or KINDS.get(right[0]) != "Quantity":
        raise PathError("comparable() is for quantities")
    return boolean(convertible(left[1], right[1]))


FUNCTIONS: dict[str, PathFunction] = {
    **{f"to{name}": _to(name) for name in _CONVERSIONS},
    **{f"convertsTo{name}": _converts_to(name) for name in _CONVERSIONS},
    "comparable": plain(_comparable, 1, gives="System.Boolean"),
}
