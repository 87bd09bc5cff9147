"""Compare for `=` and `~`, and find distinct and common items (https://hl7.org/fhirpath/N1/#equality)."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from gateway.fhir.path import quantity_math, temporal
from gateway.fhir.path.quantity_math import same_quantity, similar_quantity
from gateway.fhir.path.values import KINDS, Node, Nodes
from gateway.fhir.quantities import is_near

_NUMBERS = ("Integer", "Decimal")
_TEMPORAL = ("Date", "DateTime", "Time")
# Up to this many items are compared each with each, which takes less time than to make a key for each.
_FEW = 8


# A node, or a pair (type, value) of `json_walk`.
Item = TypeVar("Item", bound=tuple[Any, ...])


def equal(left: Nodes, right: Nodes) -> bool | None:
    """Compare for `=`: the same items in the same order. None if a side is empty or the precision leaves it open."""
    if not left or not right:
        return None
    if len(left) == len(right) == 1:
        return same_node(left[0], right[0])
    if len(left) != len(right):
        return False
    answer: bool | None = True
    for a, b in zip(left, right, strict=True):
        same = same_node(a, b)
        if same is False:
            return False
        answer = answer and same
    return answer


def same_node(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool | None:
    """Compare two items for `=`. None if precision, time zone or a calendar unit leave it open."""
    if left is right:
        return True
    kind, other = KINDS.get(left[0]), KINDS.get(right[0])
    if left[1] is None or right[1] is None:
        return left[1:] == right[1:]
    if kind == other == "String":
        return bool(left[1] == right[1])
    if kind in _TEMPORAL and other in _TEMPORAL:
        return _same_time(left, right, kind, other)
    if kind == "Quantity" or other == "Quantity":
        return _same_measure(left, right, kind, other)
    if kind in _NUMBERS and other in _NUMBERS:
        return bool(left[1] == right[1])
    return kind == other and bool(left[1] == right[1])


def _same_time(left: tuple[Any, ...], right: tuple[Any, ...], kind: str, other: str) -> bool | None:
    a, b = temporal.parse(left[1], kind), temporal.parse(right[1], other)
    if a is None or b is None:
        return a is b and bool(left[1] == right[1])
    if (kind == "Time") != (other == "Time"):
        return False
    order = temporal.compare(a, b)
    return None if order is None else order == 0


def _same_measure(left: tuple[Any, ...], right: tuple[Any, ...], kind: str | None, other: str | None) -> bool | None:
    if kind == other:
        return same_quantity(left[1], right[1])
    number, measure = (left, right) if kind in _NUMBERS else (right, left)
    if KINDS.get(number[0]) not in _NUMBERS:
        return False
    return same_quantity({"value": number[1]}, measure[1])


def equivalent(left: Nodes, right: Nodes, spend: Callable[[int], None]) -> bool:
    """Compare for `~`: in any order, each item as `similar` compares.

    `spend` is called once for each item of `left`, with the number of items that it was compared with.
    """
    if len(left) != len(right):
        return False
    rest = list(right)
    for node in left:
        match = next((index for index, other in enumerate(rest) if similar(node, other)), None)
        spend(len(rest) if match is None else match + 1)
        if match is None:
            return False
        del rest[match]
    return True


def similar(left: Node, right: Node) -> bool:
    """Compare two items for `~`: strings without case and runs of blanks, numbers at the lower precision.

    https://hl7.org/fhirpath/N1/#equivalent
    """
    kind, other = KINDS.get(left[0]), KINDS.get(right[0])
    if kind in _NUMBERS and other in _NUMBERS and left[1] is not None and right[1] is not None:
        return similar_number(left[1], right[1])
    if kind == other == "String" and isinstance(left[1], str) and isinstance(right[1], str):
        return _folded(left[1]) == _folded(right[1])
    if kind == other == "Quantity":
        return similar_quantity(left[1], right[1])
    if kind is None and other is None:
        alike = _SIMILAR.get(left[0]) if left[0] == right[0] else None
        return (alike or _similar_json)(left[1], right[1])
    return same_node(left, right) is True


def _same_code(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return bool(left.get("system") == right.get("system") and left.get("code") == right.get("code"))


def _shares_code(left: dict[str, Any], right: dict[str, Any]) -> bool:
    others = _codings(right)
    return any(_same_code(coding, other) for coding in _codings(left) for other in others)


def _codings(concept: dict[str, Any]) -> list[dict[str, Any]]:
    codings = concept.get("coding")
    return [coding for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []


# The types for which FHIR defines `~` itself. For all others it compares all elements except `id`.
# https://hl7.org/fhir/R4/fhirpath.html#changes
_SIMILAR: dict[str, Callable[[Any, Any], bool]] = {"Coding": _same_code, "CodeableConcept": _shares_code}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def similar_number(left: Any, right: Any) -> bool:
    """Compare two numbers rounded to the digits of the less precise one. Trailing zeros do not count as digits."""
    places = min(_places(left), _places(right))
    if left == right or not (is_near(Decimal(left)) and is_near(Decimal(right))):
        return bool(left == right)
    return round(Fraction(left), places) == round(Fraction(right), places)


def _places(number: Any) -> int:
    exponent = Decimal(number).normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _similar_json(left: Any, right: Any) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        names = left.keys() - {"id"}
        return names == right.keys() - {"id"} and all(_similar_json(left[name], right[name]) for name in names)
    if isinstance(left, list) and isinstance(right, list):
        rest = list(right)
        for item in left:
            match = next((index for index, other in enumerate(rest) if _similar_json(item, other)), None)
            if match is None:
                return False
            del rest[match]
        return not rest
    if isinstance(left, str) and isinstance(right, str):
        return _folded(left) == _folded(right)
    return bool(left == right)


def contains(nodes: Sequence[Item], node: Item) -> bool:
    """Tell whether one of `nodes` equals `node`."""
    for item in nodes:  # noqa: SIM110 - half the cost of any()
        if same_node(item, node):
            return True
    return False


def distinct(nodes: list[Item]) -> list[Item]:
    """Return each item once, in order of first appearance."""
    if len(nodes) < 2:
        return nodes
    if len(nodes) > _FEW:
        seen = SeenNodes()
        return [node for node in nodes if seen.is_new(node)]
    result = nodes[:1]
    for node in nodes[1:]:
        if not contains(result, node):
            result.append(node)
    return result


def among(nodes: Nodes) -> Callable[[Node], bool]:
    """Return a function that tells whether an item is in `nodes`. It is fast for many items."""
    if len(nodes) <= _FEW:
        return lambda node: contains(nodes, node)
    keys = {_key(node) for node in nodes}
    return lambda node: _key(node) in keys


class SeenNodes:
    """The items of a collection that came before."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: set[Any] = set()

    def is_new(self, node: tuple[Any, ...]) -> bool:
        """Tell whether no equal item came before, and remember this one."""
        key = _key(node)
        if key in self._keys:
            return False
        self._keys.add(key)
        return True


def _key(node: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key that two items share exactly if same_node() is True for them."""
    kind, value = KINDS.get(node[0]), node[1]
    if value is None:
        return "none", frozen(node[2])
    if kind in _TEMPORAL:
        return _key_of_time(value, kind)
    if kind in _NUMBERS:
        return "measure", quantity_math.key({"value": value}) or value
    if kind == "Quantity":
        key = quantity_math.key(value)
        return "measure", frozen(value) if key is None else (frozen(key[0]), *key[1:])
    return kind, frozen(value)


def _key_of_time(text: str, kind: str) -> tuple[Any, ...]:
    value = temporal.parse(text, kind)
    if value is None:
        return "text", frozen(text)
    return "moment", kind == "Time", len(value.parts), value.zone is None, temporal.moment(value)


def frozen(json: Any) -> Any:
    """Return JSON as a hashable value. Two are equal exactly if their JSON is."""
    if json.__class__ is dict:
        return frozenset([(key, frozen(value)) for key, value in json.items()])
    if json.__class__ is list:
        return tuple([frozen(item) for item in json])
    return json
