"""Numbers keep their digits on the way into the database and back."""

from decimal import Decimal

import bson
import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.regex import Regex
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.tokens import Prefix
from gateway.store.layout.decimals import DECIMALS


def through(value: object) -> object:
    return bson.decode(bson.encode({"value": value}, codec_options=DECIMALS), DECIMALS)["value"]


@pytest.mark.parametrize("text", ["1.0", "1.00", "0", "-0.10", "1E+3", "98.60", "0.000001", "1234567890123456789.5"])
def test_a_decimal_keeps_its_digits(text: str) -> None:
    assert str(through(Decimal(text))) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_every_decimal_of_34_digits_is_exact(value: Decimal) -> None:
    assert str(through(value)) == str(value)


def test_digits_beyond_34_are_rounded() -> None:
    assert through(Decimal("0." + "1" * 33 + "26")) == Decimal("0." + "1" * 33 + "3")


def test_a_decimal_is_stored_as_decimal128() -> None:
    encoded = bson.encode({"value": Decimal("1.50")}, codec_options=DECIMALS)
    assert bson.decode(encoded)["value"] == Decimal128("1.50")


def test_equal_numbers_of_different_digits_are_not_confused() -> None:
    assert [str(through(Decimal(text))) for text in ("2.0", "2.00", "2.0")] == ["2.0", "2.00", "2.0"]


def test_large_integers_come_back_as_plain_ints() -> None:
    assert type(through(2**40)) is int
    assert through(Int64(7)) == 7 and type(through(Int64(7))) is int


def test_a_prefix_is_sent_as_an_anchored_pattern() -> None:
    prefix = Prefix("family|mü.")
    encoded = bson.encode({"value": prefix}, codec_options=DECIMALS)
    assert bson.decode(encoded)["value"] == Regex(prefix.pattern)
    assert prefix.pattern.startswith("^")
