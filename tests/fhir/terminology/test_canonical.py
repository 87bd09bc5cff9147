"""Canonicals (https://hl7.org/fhir/R4/references.html#canonical)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.terminology.canonical import join, rank, split

TEXTS = st.text(st.sampled_from("ab/:.1"), min_size=1)


@given(TEXTS, st.none() | TEXTS)
def test_what_is_joined_can_be_split(url: str, version: str | None) -> None:
    assert split(join(url, version)) == (url, version)


def test_an_empty_version_is_none() -> None:
    assert split("http://example.org/vs|") == split("http://example.org/vs") == ("http://example.org/vs", None)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (None, "1"),
        ("1.9", "1.10"),
        ("20231231", "20240101"),
        ("2.0.0", "2.0.1"),
        ("4.0.1", "5.0.0-ballot"),
        ("2019-09", "2020-03"),
        ("1", "1.1"),
        ("beta", "1"),
    ],
)
def test_versions_have_an_order(earlier: str | None, later: str) -> None:
    assert rank(earlier) < rank(later)
