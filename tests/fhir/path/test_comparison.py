"""Order (https://hl7.org/fhirpath/N1/#comparison)."""

from decimal import Decimal

import pytest

from gateway.fhir.path.comparison import compare
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import Node, quantity

ONE_KG: Node = ("Quantity", quantity(Decimal(1), "kg"), None)


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (("integer", 1, None), ("decimal", Decimal("1.5"), None), -1),
        (("decimal", Decimal("1.0"), None), ("System.Integer", 1, None), 0),
        (("code", "b", None), ("string", "a", None), 1),
        (("date", "2018-03", None), ("dateTime", "2018-04-01T00:00:00Z", None), None),
        (("date", "2018-03", None), ("dateTime", "2018-04-03T00:00:00Z", None), -1),
        (("time", "10:00:00", None), ("time", "09:59:59", None), 1),
        (ONE_KG, ("Quantity", quantity(Decimal(999), "g"), None), 1),
        (("Quantity", {"value": Decimal(3)}, None), ("integer", 3, None), 0),
        (("decimal", Decimal("2.5"), None), ("Quantity", {"value": Decimal(3)}, None), -1),
        (ONE_KG, ("integer", 3, None), None),
        (("date", "nonsense", None), ("date", "2018", None), None),
    ],
)
def test_two_values_have_an_order(left: Node, right: Node, order: int | None) -> None:
    assert compare(left, right) == order
    assert compare(right, left) == (None if order is None else -order)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("string", "1", None), ("integer", 1, None)),
        (("boolean", True, None), ("boolean", False, None)),
        (("time", "10:00:00", None), ("date", "2018", None)),
        (ONE_KG, ("string", "1 kg", None)),
        (("Patient", {}, None), ("Patient", {}, None)),
    ],
)
def test_types_without_a_common_order_are_an_error(left: Node, right: Node) -> None:
    with pytest.raises(PathError, match="have no order"):
        compare(left, right)
