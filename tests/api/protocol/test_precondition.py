"""What If-Match and If-None-Match demand: a table of cases."""

import pytest

from gateway.api.protocol.precondition import NO_PRECONDITION, Precondition, precondition
from gateway.errors import BadRequest, PreconditionFailed


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "expected"),
    [
        ("", "", NO_PRECONDITION),
        (" ", " ", NO_PRECONDITION),
        ('W/"3"', "", Precondition(frozenset({3}), absent=False)),
        ('W/"3", "4"', "", Precondition(frozenset({3, 4}), absent=False)),
        ("*", "", Precondition(frozenset(), absent=False)),
        ("", " * ", Precondition(None, absent=True)),
        ("*", "*", Precondition(frozenset(), absent=True)),
    ],
)
def test_the_headers_are_read(if_match: str, if_none_match: str, expected: Precondition) -> None:
    assert precondition(if_match, if_none_match) == expected
    assert expected.given == (expected != NO_PRECONDITION)


@pytest.mark.parametrize(("if_match", "if_none_match"), [("!", ""), ('W/"3", !', ""), ("", 'W/"3"'), ("", "x")])
def test_malformed_headers_are_refused(if_match: str, if_none_match: str) -> None:
    with pytest.raises(BadRequest):
        precondition(if_match, if_none_match)


@pytest.mark.parametrize(
    ("demand", "current"),
    [
        (NO_PRECONDITION, None),
        (NO_PRECONDITION, 3),
        (precondition('W/"3"', ""), 3),
        (precondition('W/"3", W/"4"', ""), 4),
        (precondition("*", ""), 9),
        (precondition("", "*"), None),
    ],
)
def test_a_demand_is_met(demand: Precondition, current: int | None) -> None:
    demand.check("it", current)


@pytest.mark.parametrize(
    ("demand", "current", "text"),
    [
        (precondition('W/"3"', ""), 4, "it is now at version 4; the request was for another"),
        (precondition('W/"3"', ""), None, "it does not exist"),
        (precondition('W/"no-version-of-ours"', ""), 1, "it is now at version 1; the request was for another"),
        (precondition("*", ""), None, "it does not exist"),
        (precondition("", "*"), 1, "it exists"),
        (precondition("*", "*"), None, "it does not exist"),
        (precondition("*", "*"), 1, "it exists"),
    ],
)
def test_a_demand_is_not_met(demand: Precondition, current: int | None, text: str) -> None:
    with pytest.raises(PreconditionFailed) as caught:
        demand.check("it", current)
    assert caught.value.text == text
