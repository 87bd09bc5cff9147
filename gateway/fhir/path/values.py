"""What flows through an expression: collections of nodes.

A node is the tuple (type, value, extra): the FHIR type (`Quantity`, `Patient.contact`, `code`) or System type
(`System.String`), the JSON value, and of a primitive element also its `_name` sibling with id and extensions.
Plain tuples, because an index run makes thousands of them per second.
"""

from decimal import Decimal
from typing import Any

from gateway.fhir.path.errors import PathError

Node = tuple[str, Any, Any]
Nodes = list[Node]

UCUM = "http://unitsofmeasure.org"

# Calendar words -> UCUM code of the definite duration, None where a calendar year or month has no fixed length.
CALENDAR: dict[str, str | None] = {
    "year": None, "years": None, "month": None, "months": None,
    "week": "wk", "weeks": "wk", "day": "d", "days": "d", "hour": "h", "hours": "h",
    "minute": "min", "minutes": "min", "second": "s", "seconds": "s", "millisecond": "ms", "milliseconds": "ms",
}  # fmt: skip

_SYSTEM: dict[str, str] = {
    **dict.fromkeys(("string", "code", "id", "markdown", "uri", "url", "canonical", "oid", "uuid"), "String"),
    **dict.fromkeys(("base64Binary", "xhtml"), "String"),
    **dict.fromkeys(("integer", "positiveInt", "unsignedInt"), "Integer"),
    **dict.fromkeys(
        ("Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"), "Quantity"
    ),
    "boolean": "Boolean",
    "decimal": "Decimal",
    "date": "Date",
    "dateTime": "DateTime",
    "instant": "DateTime",
    "time": "Time",
}
SYSTEM_TYPES = ("Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity")
# Node type -> the System type it is implicitly converted to (https://hl7.org/fhir/R4/fhirpath.html#types).
KINDS: dict[str, str] = {**_SYSTEM, **{f"System.{name}": name for name in SYSTEM_TYPES}}
# System type -> the FHIR type under which results leave the engine.
_OUTSIDE = {f"System.{name}": name[0].lower() + name[1:] for name in SYSTEM_TYPES if name != "Quantity"}
_OUTSIDE["System.Quantity"] = "Quantity"

TRUE: Node = ("System.Boolean", True, None)
FALSE: Node = ("System.Boolean", False, None)
# The content of a node of which only the type is known; it is no result.
UNREAD: dict[str, Any] = {}


def boolean(value: bool | None) -> Nodes:
    return [] if value is None else [TRUE] if value else [FALSE]


def string(value: str) -> Nodes:
    return [("System.String", value, None)]


# Text that an expression makes; what stands in the data may be longer.
_MOST_TEXT = 10_000_000


def bounded(length: int) -> None:
    """Raises PathError for the length of a text that an expression must not make."""
    if length > _MOST_TEXT:
        raise PathError("the text grows too long")


def integer(value: int) -> Nodes:
    return [("System.Integer", value, None)]


def decimal(value: Decimal) -> Nodes:
    return [("System.Decimal", value, None)]


def quantity(value: Decimal, unit: str, *, calendar: bool = False) -> dict[str, Any]:
    """A FHIR Quantity; a calendar duration has no code, for `1 year` is not `1 'a'`."""
    if calendar or unit in CALENDAR:
        return {"value": value, "unit": unit}
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def outside(node: Node) -> tuple[str, Any]:
    """The node as callers of the engine see it: (FHIR type name, JSON value)."""
    return _OUTSIDE.get(node[0], node[0]), node[1]


def single(nodes: Nodes) -> Node | None:
    """Singleton evaluation (https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections)."""
    if not nodes:
        return None
    if len(nodes) > 1:
        raise PathError(f"one item expected, {len(nodes)} found")
    return nodes[0]


def truth(nodes: Nodes) -> bool | None:
    """A collection as a condition: empty is None, a single item that is no boolean is true."""
    if len(nodes) == 1 and nodes[0][1].__class__ is bool:
        answer: bool = nodes[0][1]
        return answer
    node = single(nodes)
    if node is None:
        return None
    value = node[1]
    if value is None and KINDS.get(node[0]) == "Boolean":
        return None
    return True


def text(nodes: Nodes) -> str | None:
    """The one string, None when there is none or it has only extensions; anything else is an error."""
    value = _one(nodes, "String")
    return value if isinstance(value, str) else None


def whole(nodes: Nodes) -> int | None:
    value = _one(nodes, "Integer")
    return value if isinstance(value, int) else None


def _one(nodes: Nodes, kind: str) -> Any:
    node = single(nodes)
    if node is None:
        return None
    if KINDS.get(node[0]) != kind:
        raise PathError(f"{kind} expected, {node[0]} found")
    return node[1]


def node_of(value: Any) -> Node:
    """A value from outside (an environment variable) as a node, typed by its looks."""
    match value:
        case bool():
            return ("System.Boolean", value, None)
        case int():
            return ("System.Integer", value, None)
        case Decimal():
            return ("System.Decimal", value, None)
        case float():
            return ("System.Decimal", Decimal(repr(value)), None)
        case dict():
            type_ = value.get("resourceType")
            return (type_ if isinstance(type_, str) else "Element", value, None)
        case _:
            return ("System.String", str(value), None)
