"""The values of expressions: nodes, and collections (lists) of nodes.

A node is the tuple (type, value, extra). It is a plain tuple, because an index run makes thousands of them per second.

type: a FHIR type (`Quantity`, `Patient.contact`, `code`) or a System type (`System.String`).
value: the JSON value, None for a primitive that has only extensions.
extra: of a primitive element the object under `_name`, with its id and extensions; otherwise None.
"""

from decimal import Decimal
from typing import Any

from gateway.fhir.path.errors import PathError

Node = tuple[str, Any, Any]
Nodes = list[Node]

UCUM = "http://unitsofmeasure.org"

# Calendar words -> UCUM code of the definite duration, None for year and month, which have no fixed length.
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
# The value of a node of which only the type is known. Compared by identity; such a node is never a result.
UNREAD: dict[str, Any] = {}


def boolean(value: bool | None) -> Nodes:
    """Return a System.Boolean."""
    return [] if value is None else [TRUE] if value else [FALSE]


def string(value: str) -> Nodes:
    """Return a System.String."""
    return [("System.String", value, None)]


# Characters of a text that an expression makes. A text of the data may be longer.
_MAX_TEXT = 10_000_000


def check_length(length: int) -> None:
    """Raise PathError if an expression must not make a text of this length."""
    if length > _MAX_TEXT:
        raise PathError("the text grows too long")


def integer(value: int) -> Nodes:
    """Return a System.Integer."""
    return [("System.Integer", value, None)]


def decimal(value: Decimal) -> Nodes:
    """Return a System.Decimal."""
    return [("System.Decimal", value, None)]


def quantity(value: Decimal, unit: str, *, calendar: bool = False) -> dict[str, Any]:
    """Return a FHIR Quantity. A calendar duration has no code, because `1 year` is not `1 'a'`."""
    if calendar or unit in CALENDAR:
        return {"value": value, "unit": unit}
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def outside(node: Node) -> tuple[str, Any]:
    """Return a node as callers of the engine see it: (FHIR type name, JSON value)."""
    return _OUTSIDE.get(node[0], node[0]), node[1]


def single(nodes: Nodes) -> Node | None:
    """Return the one node, None for the empty collection. Raises PathError for several nodes.

    https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
    """
    if not nodes:
        return None
    if len(nodes) > 1:
        raise PathError(f"one item expected, {len(nodes)} found")
    return nodes[0]


def truth(nodes: Nodes) -> bool | None:
    """Return a collection as a condition. The empty collection is None; a single item that is not a Boolean is True.

    Raises PathError for several nodes.
    """
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
    """Return the one string, None for an empty collection or a string that has only extensions. Raises PathError."""
    value = _single_value(nodes, "String")
    return value if isinstance(value, str) else None


def whole(nodes: Nodes) -> int | None:
    """Return the one Integer, as `text` returns the one string."""
    value = _single_value(nodes, "Integer")
    return value if isinstance(value, int) else None


def _single_value(nodes: Nodes, kind: str) -> Any:
    node = single(nodes)
    if node is None:
        return None
    if KINDS.get(node[0]) != kind:
        raise PathError(f"{kind} expected, {node[0]} found")
    return node[1]


def node_of(value: Any) -> Node:
    """Return a value from outside, such as a %variable, as a node with the type that its JSON suggests."""
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
