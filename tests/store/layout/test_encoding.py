"""BSON in pieces is the BSON that the driver makes and reads."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.layout import encoding
from gateway.store.layout.decimals import DECIMALS

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=8)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    st.binary(max_size=40),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20),
    st.just(datetime(2026, 1, 31, 12, tzinfo=UTC)),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=40
)


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.integers(1, 200))
def test_a_document_in_pieces_is_the_document_in_one(document: dict[str, Any], piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "PIECE", piece)
        whole = bson.encode(document, codec_options=DECIMALS)
        assert bson.decode(encoding.encode(document).raw, DECIMALS) == bson.decode(whole, DECIMALS)
        assert encoding.decode(whole) == bson.decode(whole, DECIMALS)


def test_the_order_of_members_and_the_digits_of_decimals_stay() -> None:
    names = [{"family": f"F{number}", "weight": Decimal("1.00")} for number in range(20_000)]
    document = {"_id": "a", "names": names, "b": 1, "a": {"z": names, "y": 2}}
    encoded = encoding.encode(document).raw
    assert bytes(encoded) == bson.encode(document, codec_options=DECIMALS)
    read = encoding.decode(bytes(encoded))
    assert [*read] == ["_id", "names", "b", "a"]
    assert str(read["a"]["z"][19_999]["weight"]) == "1.00"


def test_a_name_that_bson_cannot_hold_is_refused_as_the_driver_does() -> None:
    large = ["x" * 100] * 1_000
    with pytest.raises(bson.errors.InvalidDocument):
        encoding.encode({"a\0b": large})
