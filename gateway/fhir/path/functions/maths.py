"""abs, round, power and so on (https://hl7.org/fhirpath/N1/#math)."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal, DecimalException, localcontext
from typing import Any

from gateway.fhir.path.arithmetic import numeric
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import PathFunction, plain
from gateway.fhir.path.quantity_math import with_value
from gateway.fhir.path.values import KINDS, Nodes, single


def number(nodes: Nodes) -> Any:
    """Return the one int or Decimal, None for the empty collection. Raises PathError for any other type."""
    node = single(nodes)
    if node is None:
        return None
    if KINDS.get(node[0]) not in ("Integer", "Decimal"):
        raise PathError(f"a number expected, {node[0]} found")
    return node[1]


def _on_numbers(apply: Callable[..., Any], arguments: int = 0) -> PathFunction:
    def run(nodes: Nodes, *others: Nodes) -> Nodes:
        values = [number(nodes), *map(number, others)]
        if None in values:
            return []
        try:
            return numeric(apply(*values))
        except (DecimalException, OverflowError, ZeroDivisionError):
            return []

    return plain(run, arguments)


def _abs(nodes: Nodes) -> Nodes:
    node = single(nodes)
    if node is not None and KINDS.get(node[0]) == "Quantity":
        measure = with_value(node[1], abs)
        return [] if measure is None else [("System.Quantity", measure, None)]
    value = number(nodes)
    return [] if value is None else numeric(abs(value))


def _round(nodes: Nodes, *digits: Nodes) -> Nodes:
    value, places = number(nodes), number(digits[0]) if digits else 0
    if value is None or places is None:
        return []
    if places < 0:
        raise PathError("round() takes no negative precision")
    if isinstance(value, int):
        return numeric(value)
    return numeric(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        return pow(base, exponent) if abs(base) < 2 or exponent < 64 else Decimal("Infinity")
    return Decimal(base) ** Decimal(exponent)


def _log(value: Any, base: Any) -> Decimal:
    """Return the logarithm with 28 digits, so that 16.log(2) is 4 and not 3.99…9."""
    with localcontext() as context:
        context.prec = 34
        exact = Decimal(value).ln() / Decimal(base).ln()
    return +exact.quantize(Decimal(1).scaleb(-27 + max(exact.adjusted(), 0))).normalize()


def _whole(rounding: str) -> Callable[[Any], int]:
    def run(value: Any) -> int:
        exact = Decimal(value)
        if exact.adjusted() > _INTEGER_DIGITS:
            raise OverflowError
        return int(exact.to_integral_value(rounding))

    return run


# A longer number is not an Integer (32 bits), and may be so long that it takes minutes to write it out.
_INTEGER_DIGITS = 10


FUNCTIONS: dict[str, PathFunction] = {
    "abs": plain(_abs),
    "ceiling": _on_numbers(_whole(ROUND_CEILING)),
    "floor": _on_numbers(_whole(ROUND_FLOOR)),
    "truncate": _on_numbers(_whole(ROUND_DOWN)),
    "round": plain(_round, 0, 1),
    "exp": _on_numbers(lambda value: Decimal(value).exp()),
    "ln": _on_numbers(lambda value: Decimal(value).ln()),
    "log": _on_numbers(_log, 1),
    "power": _on_numbers(_power, 1),
    "sqrt": _on_numbers(lambda value: Decimal(value).sqrt()),
}
