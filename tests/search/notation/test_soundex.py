"""Daitch-Mokotoff Soundex, by the examples of https://www.jewishgen.org/infofiles/soundex.html"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.soundex import codes


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("auerbach", {"097500", "097400"}),
        ("ohrbach", {"097500", "097400"}),
        ("lipshitz", {"874400"}),
        ("lippszyc", {"874500", "874400"}),
        ("lewinsky", {"876450"}),
        ("levinski", {"876450"}),
        ("szlamawicz", {"486740"}),
        ("shlamovitz", {"486740"}),
        ("moskowitz", {"645740"}),
        ("moskovitz", {"645740"}),
    ],
)
def test_a_name_has_the_codes_of_its_sounds(word: str, expected: set[str]) -> None:
    assert {*codes(word)} == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("meier", "mayer"),
        ("meyer", "mayer"),
        ("schmidt", "smith"),
        ("catherine", "katherine"),
        ("groß", "gross"),
        ("łukasz", "lukas"),
    ],
)
def test_names_that_sound_alike_share_a_code(one: str, other: str) -> None:
    assert set(codes(one)) & set(codes(other))


@pytest.mark.parametrize(("one", "other"), [("miller", "meier"), ("anna", "berta"), ("schmidt", "schulz")])
def test_names_that_sound_differently_share_none(one: str, other: str) -> None:
    assert not set(codes(one)) & set(codes(other))


@pytest.mark.parametrize("word", ["", "山田", "иван", "o'brien", "a1"])
def test_a_word_of_other_letters_has_no_code(word: str) -> None:
    assert codes(word) == ()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_a_code_has_six_digits(word: str) -> None:
    assert codes(word)
    assert all(len(code) == 6 and code.isdigit() for code in codes(word))
