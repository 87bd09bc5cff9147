"""Large JSON decoded in pieces is what it is decoded at once, and so are its faults."""

import json as standard
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Malformed
from gateway.fhir import fhir_json, json_pieces

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    ['":', "[", "{", "\\", ",", "}"]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), TEXTS)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=8) | st.dictionaries(TEXTS, inner, max_size=8), max_leaves=60
)


@given(TREES, st.integers(1, 60), st.sampled_from([None, 1]))
def test_in_pieces_it_is_the_same(tree: Any, piece: int, indent: int | None) -> None:
    data = standard.dumps(tree, indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "PIECE", piece)
        assert fhir_json.parse_value(data) == tree


@given(TREES, st.integers(1, 60), st.data())
def test_what_is_broken_is_refused_in_pieces_as_well(tree: Any, piece: int, data: st.DataObject) -> None:
    text = standard.dumps(tree, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text)))
    broken = (text[:at] + data.draw(st.sampled_from([",", "]", "}", "x", '"', ":", "[1,"])) + text[at:]).encode()
    whole = _refused(broken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_pieces, "PIECE", piece)
        assert _refused(broken) is whole


def _refused(data: bytes) -> bool:
    try:
        fhir_json.parse_value(data)
    except Malformed:
        return True
    return False


@pytest.mark.parametrize("data", [b"[1,]", b"[,1]", b"[1,,2]", b'{"a":1,}', b'{,"a":1}', b"[1 2]", b"[[1,2],]"])
def test_a_comma_too_many_is_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_pieces, "PIECE", 3)
    with pytest.raises(Malformed):
        fhir_json.parse_value(data)


def test_a_key_that_occurs_twice_is_found_across_pieces() -> None:
    middle = ",".join(f'"k{number}":"{"x" * 50}"' for number in range(10_000))
    with pytest.raises(Malformed, match="'a' occurs twice") as refused:
        fhir_json.parse('{"resourceType":"Patient","a":1,' + middle + ',"a":2}')
    assert refused.value.issues[0].expression == "Patient.a"


def test_a_fault_in_a_large_text_is_told_with_line_and_column() -> None:
    lines = ['{"a":"' + "x" * 60 + '"},'] * 30_000
    data = "[\n" + "\n".join([*lines, '{"a":nonsense}', "]"])
    with pytest.raises(Malformed, match=r"at line 30002, column 7\b"):
        fhir_json.parse_value(data)


def test_a_large_text_that_ends_too_early_is_told() -> None:
    with pytest.raises(Malformed, match="the text ends too early"):
        fhir_json.parse_value('{"a":[' + '{"b":"cccccccc"},' * 100_000)


def test_numbers_keep_their_digits_in_pieces() -> None:
    values = fhir_json.parse_value("[" + ",".join(["1.00", "-0", "7"] * 100_000) + "]")
    assert (str(values[0]), str(values[1]), values[2]) == ("1.00", "-0", 7)
    assert isinstance(values[-3], Decimal) and len(values) == 300_000


def test_the_same_content_in_another_order_is_the_same() -> None:
    one = [{"a": Decimal("1.0"), "b": [True, None, "x"]}] * 3_000
    other = [{"b": [True, None, "x"], "a": Decimal("1.0")}] * 3_000
    assert fhir_json.same(fhir_json.dump(one), fhir_json.dump(other))
    assert not fhir_json.same(fhir_json.dump([[1, 2]] * 9_000), fhir_json.dump([[2, 1]] * 9_000))
    assert not fhir_json.same(b'[1,"2"]', b'["1",2]')
    assert not fhir_json.same(b"[1.0,0]", b"[0.1,0]")
