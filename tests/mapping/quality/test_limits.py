"""A cell of the table of limits: a condition, and who says so."""

from decimal import Decimal

import pytest

from gateway.mapping.quality.limits import limit, sources


@pytest.mark.parametrize(
    ("cell", "column", "edge", "outside"),
    [
        ("<3.5 A", "low", "3.5", False),
        ("<=2.8 K", "critical_low", "2.8", True),
        (">5.0 A", "high", "5.0", False),
        (">=140 E", "high", "140", True),
        ("-20 O", "least", "-20", False),
    ],
)
def test_a_cell_says_whether_the_limit_itself_is_abnormal(cell: str, column: str, edge: str, outside: bool) -> None:
    made = limit(cell, column)
    assert made is not None and (str(made.edge), made.outside) == (edge, outside)
    assert made.number == made.edge


@pytest.mark.parametrize(
    ("cell", "column", "edge", "outside"),
    [
        ("<12 N", "low", "11.5", False),
        ("<=8 N", "critical_low", "8.5", False),
        (">20 N", "high", "20.5", True),
        (">=25 N", "critical_high", "24.5", True),
        (">38.0 N", "high", "38.05", True),
        ("<=35.0 N", "critical_low", "35.05", False),
    ],
)
def test_a_limit_of_a_chart_is_compared_as_the_chart_rounds(cell: str, column: str, edge: str, outside: bool) -> None:
    """Half up, to the digits of the chart, as the risk score NEWS2 does."""
    made = limit(cell, column)
    assert made is not None and (str(made.edge), made.outside) == (edge, outside)
    assert made.number == Decimal(cell.strip("<>= N"))


def test_an_empty_cell_is_no_limit() -> None:
    assert limit("", "low") is None


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        ("3.5", "low"),  # no source
        ("<3.5", "low"),
        ("3.5 A", "low"),  # is 3.5 itself low?
        (">3.5 A", "low"),  # the other side
        ("<=8 T", "critical_high"),  # a coma is no high score
        ("<3.5 Z", "low"),  # no such source
        ("<3.5 O", "low"),  # ours judges nobody
        ("<3.5 R", "low"),
        ("<40 B", "least"),
        ("<x A", "low"),
    ],
)
def test_a_limit_without_source_or_of_the_wrong_side_stops_the_start(cell: str, column: str) -> None:
    with pytest.raises(ValueError, match=column):
        limit(cell, column)


def test_a_chart_is_the_only_source_of_its_limits() -> None:
    assert [letter for letter, source in sources().items() if source.charted] == ["N"]
