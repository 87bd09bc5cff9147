"""Normalization is Unicode's own, and never takes the square of a text."""

import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.normal_forms import normalize


@given(st.text(max_size=80), st.integers(1, 40))
def test_it_is_the_normalization_of_unicode(text: str, times: int) -> None:
    long = f"{text} " * times
    for form in ("NFC", "NFKC", "NFKD"):
        assert normalize(form, long) == unicodedata.normalize(form, long)  # type: ignore[arg-type]


def test_a_run_of_marks_takes_no_time() -> None:
    """Sorted all together they take the square of their number: minutes for half a million."""
    started = time.process_time()
    text = normalize("NFKD", "e" + "\u0301\u0316" * 250_000)
    assert time.process_time() - started < 5
    assert sorted(text) == sorted("e" + "\u0301\u0316" * 250_000)
