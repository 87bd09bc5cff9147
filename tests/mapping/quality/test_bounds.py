"""What lies beyond an end of a range, for numbers and for the many numbers that `<5` may stand for."""

from decimal import Decimal

import pytest

from gateway.mapping.quality.bounds import Bounds, Edge, above, below, within
from gateway.mapping.quality.measure import Amount
from gateway.mapping.quality.scale import Scale

UNIT = Scale("mmol/L", power=0)
GRID = [Decimal(number) / 2 for number in range(21)]
MEANS = {
    None: lambda number, sent: number == sent,
    "<": lambda number, sent: number < sent,
    "<=": lambda number, sent: number <= sent,
    ">": lambda number, sent: number > sent,
    ">=": lambda number, sent: number >= sent,
}


def amount(number: Decimal, comparator: str | None = None) -> Amount:
    return Amount(number, UNIT, comparator)


@pytest.mark.parametrize("comparator", MEANS)
@pytest.mark.parametrize("outside", [False, True])
def test_all_that_a_comparator_leaves_open_lies_beyond_the_end_or_it_does_not(
    comparator: str | None, outside: bool
) -> None:
    """`<3` is below 3, whether 3 itself is normal or not. What is sent and the ends are whole; halves lie between."""
    for sent in GRID[2:-2:2]:
        meant = [number for number in GRID if MEANS[comparator](number, sent)]
        for end in GRID[2:-2:2]:
            edge = Edge(amount(end), outside)
            low = [number < end or (outside and number == end) for number in meant]
            high = [number > end or (outside and number == end) for number in meant]
            found = amount(sent, comparator)
            assert below(found, edge) == (all(low) and comparator not in (">", ">=")), (sent, end)
            assert above(found, edge) == (all(high) and comparator not in ("<", "<=")), (sent, end)


def test_an_open_end_lets_everything_through() -> None:
    assert within(amount(Decimal(5), ">"), Bounds(Edge(amount(Decimal(5))), None))
    assert not within(amount(Decimal(5), ">"), Bounds(Edge(amount(Decimal(5))), Edge(amount(Decimal(9)))))
    assert within(amount(Decimal(5), "<="), Bounds(None, Edge(amount(Decimal(5)))))
    assert not within(amount(Decimal(5), "<="), Bounds(None, Edge(amount(Decimal(5)), outside=True)))
    assert within(amount(Decimal(5), "<"), Bounds(None, Edge(amount(Decimal(5)), outside=True)))
