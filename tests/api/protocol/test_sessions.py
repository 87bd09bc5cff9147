"""Signed sessions: who cannot sign has none, and they end."""

import pytest

from gateway.api.protocol import sessions

NOW = 1_700_000_000.0


def test_a_session_holds_until_its_time_is_over() -> None:
    cookie = sessions.begin("secret", NOW)
    assert sessions.holds(["other", "secret"], cookie, NOW)
    assert sessions.holds(["secret"], cookie, NOW + sessions.SECONDS - 1)
    assert not sessions.holds(["secret"], cookie, NOW + sessions.SECONDS + 1)


def test_it_ends_with_its_token_and_does_not_hold_it() -> None:
    cookie = sessions.begin("secret", NOW)
    assert not sessions.holds(["other"], cookie, NOW) and not sessions.holds([], cookie, NOW)
    assert "secret" not in cookie and sessions.begin("secret", NOW) != cookie


def test_it_cannot_be_prolonged() -> None:
    expires, rest = sessions.begin("secret", NOW).split(".", 1)
    assert not sessions.holds(["secret"], f"{int(expires) + 60}.{rest}", NOW)


@pytest.mark.parametrize(
    "cookie", ["", ".", "..", "a.b.c", "9999999999.x.", "９９９９.x.y", "9" * 5000 + ".x.y", "1.é.y"]
)
def test_what_is_not_signed_is_no_session(cookie: str) -> None:
    assert not sessions.holds(["secret"], cookie, NOW)


@pytest.mark.parametrize(("text", "right"), [("secret", True), ("sécret", True), ("Secret", False), ("", False)])
def test_a_token_is_compared_whole(text: str, right: bool) -> None:
    assert sessions.is_token(["secret", "sécret"], text) is right
