"""Countries as people write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.countries import NAMES, THREE, TWO, country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USA", "US"),
        ("us", "US"),
        (" Deutschland ", "DE"),
        ("日本", "JP"),
        ("ENGLAND", "GB"),
        ("uk", "GB"),
        ("XX", None),
        ("Atlantis", None),
        ("", None),
        (None, None),
        (["US"], None),
    ],
)
def test_codes_and_names_give_the_alpha_2_code(text: Any, code: str | None) -> None:
    assert country(text) == code


def test_the_table_is_iso_3166() -> None:
    assert len(THREE) == len(TWO) == 249
    assert set(NAMES.values()) <= TWO and all(name == name.casefold() for name in NAMES)


@given(st.sampled_from(sorted(THREE)))
def test_both_codes_of_a_country_agree_in_any_case(code: str) -> None:
    assert country(code.lower()) == country(THREE[code].lower()) == THREE[code]
