"""LOINC's check digit, and how code maps name other codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import loinc


@pytest.mark.parametrize("code", ["8867-4", "2160-0", "29463-7", "8480-6", "718-7", "94531-1", "100000-9"])
def test_real_codes_pass(code: str) -> None:
    assert loinc.is_code(code)


@pytest.mark.parametrize("code", ["8867-5", "8867", "LP1-2", "5089AAAAAAAAAAAA", "", " 8867-4", "8867-4\n", "８867-4"])
def test_what_is_not_a_code_fails(code: str) -> None:
    assert not loinc.is_code(code)


@given(st.integers(1, 9_999_999), st.data())
def test_one_wrong_digit_is_noticed(number: int, data: st.DataObject) -> None:
    digits = str(number)
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert loinc.is_code(f"{digits}-{loinc.check_digit(digits)}")
    assert not loinc.is_code(f"{digits[:place]}{wrong}{digits[place + 1 :]}-{loinc.check_digit(digits)}")


def test_keys_are_those_of_the_mapping_type_token_and_texts_are_folded() -> None:
    found = loinc.keys([("http://lab.example", " GLU "), ("", "x"), ("s", " ")], "  Fasting\n GLUCOSE ")
    assert found == ["http://lab.example|GLU", "|x", "|fasting glucose"]
