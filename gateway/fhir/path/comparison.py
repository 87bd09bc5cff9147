"""Compare two values for `<`, `<=`, `>`, `>=` and sort() (https://hl7.org/fhirpath/N1/#comparison)."""

from gateway.fhir.path import temporal
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.quantity_math import compare_quantities
from gateway.fhir.path.values import KINDS, Node

_NUMBERS = ("Integer", "Decimal")
_MOMENTS = ("Date", "DateTime")


def compare(left: Node, right: Node) -> int | None:
    """Return -1, 0 or 1, or None if precision, time zone or unit leave the order open.

    Raises PathError for types without a common order.
    """
    kind, other = KINDS.get(left[0]), KINDS.get(right[0])
    if (kind in _NUMBERS and other in _NUMBERS) or kind == other == "String":
        return int(left[1] > right[1]) - int(left[1] < right[1])
    if (kind in _MOMENTS and other in _MOMENTS) or kind == other == "Time":
        a, b = temporal.parse(left[1], kind or ""), temporal.parse(right[1], other or "")
        return None if a is None or b is None else temporal.compare(a, b)
    if kind == "Quantity" and other in ("Quantity", *_NUMBERS):
        return compare_quantities(left[1], right[1] if other == "Quantity" else {"value": right[1]})
    if other == "Quantity" and kind in _NUMBERS:
        return compare_quantities({"value": left[1]}, right[1])
    raise PathError(f"{left[0]} and {right[0]} have no order")
