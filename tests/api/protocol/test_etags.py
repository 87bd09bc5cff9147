"""ETags and HTTP dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.protocol import etags
from gateway.errors import BadRequest

NOON = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('W/"3"', {3}),
        ('"3"', {3}),
        ("3", {3}),
        (' W/"12" ', {12}),
        ("*", etags.ANY),
        ("", None),
        ('W/"abc"', {etags.NEVER}),
        ('W/"99999999999999999999"', {etags.NEVER}),
        ('W/"0"', {etags.NEVER}),
        ('""', {etags.NEVER}),
        ('W/"1", "2",3', {1, 2, 3}),
    ],
)
def test_if_match_is_read(header: str, expected: frozenset[int] | None) -> None:
    assert etags.if_match(header) == expected


@pytest.mark.parametrize("header", ['W/"1', 'W/"1", ', "*, 1", "w/1", "é", '"1"2'])
def test_if_match_of_another_form_is_refused(header: str) -> None:
    with pytest.raises(BadRequest):
        etags.if_match(header)


@given(st.integers(min_value=1, max_value=999_999_999))
def test_an_etag_names_its_own_version(version: int) -> None:
    assert etags.if_match(etags.etag(version)) == {version}
    assert etags.none_match(etags.etag(version), version)
    assert not etags.none_match(etags.etag(version), version + 1)


def test_if_none_match_may_list_several() -> None:
    assert etags.none_match('W/"1", W/"2"', 2)
    assert etags.none_match("*", 5)


def test_last_modified_answers_if_modified_since() -> None:
    assert etags.unmodified(etags.http_date(NOON), NOON)
    assert not etags.unmodified(etags.http_date(NOON - timedelta(seconds=1)), NOON)


@given(st.text())
def test_a_date_that_is_none_is_ignored(text: str) -> None:
    assert etags.unmodified(text, NOON) in (True, False)
