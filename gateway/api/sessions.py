"""Sign-in sessions of browsers: a signed cookie that proves that its holder knew a token, without holding the token.

The signature needs the token, so a token that is taken out of GATEWAY_TOKENS ends its sessions, and every process of
the gateway accepts the sessions of the others.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

SECONDS = 8 * 3600
"""How long a session lasts: a shift."""


def begin(token: str, now: float) -> str:
    """Return the cookie's value for somebody who has just presented this token."""
    told = f"{int(now) + SECONDS}.{secrets.token_urlsafe(16)}"
    return f"{told}.{_signature(token, told)}"


def holds(tokens: Sequence[str], cookie: str, now: float) -> bool:
    """Tell whether one of these tokens signed the cookie and its time is not over."""
    told, _, signature = cookie.rpartition(".")
    expires = told.partition(".")[0]
    if not (cookie.isascii() and expires.isdigit() and len(expires) < 12):
        return False
    signed = [hmac.compare_digest(_signature(token, told), signature) for token in tokens]
    return any(signed) and now < int(expires)


def is_token(tokens: Sequence[str], text: str) -> bool:
    """Compare with all tokens, each in constant time."""
    return any([hmac.compare_digest(token.encode(), text.encode()) for token in tokens])


def _signature(token: str, told: str) -> str:
    return hmac.new(key(token), told.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1024)
def key(token: str) -> bytes:
    """Derive the signing key slowly, once: who steals a cookie must not find a short token by trying."""
    return hashlib.scrypt(token.encode(), salt=b"gateway browser session", n=2**14, r=8, p=1)
