"""Issue and check session cookies: signed proof that a browser's user knew a token, without the token in it.

The signature depends on the token, so removing a token from GATEWAY_TOKENS ends its sessions, and every process of the
gateway accepts the sessions of the others.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

SECONDS = 8 * 3600
"""The length of a session: a shift."""


def begin(token: str, now: float) -> str:
    """Return the value of the cookie for a user who has just sent this token."""
    payload = f"{int(now) + SECONDS}.{secrets.token_urlsafe(16)}"
    return f"{payload}.{_signature(token, payload)}"


def holds(tokens: Sequence[str], cookie: str, now: float) -> bool:
    """Return whether one of these tokens signed the cookie and it has not expired."""
    payload, _, signature = cookie.rpartition(".")
    expires = payload.partition(".")[0]
    if not (cookie.isascii() and expires.isdigit() and len(expires) < 12):
        return False
    signed = [hmac.compare_digest(_signature(token, payload), signature) for token in tokens]
    return any(signed) and now < int(expires)


def is_token(tokens: Sequence[str], text: str) -> bool:
    """Return whether `text` is one of the tokens, comparing with each in constant time."""
    return any([hmac.compare_digest(token.encode(), text.encode()) for token in tokens])


def _signature(token: str, payload: str) -> str:
    return hmac.new(key(token), payload.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=1024)
def key(token: str) -> bytes:
    """Derive the signing key, slowly and once: nobody with a stolen cookie may find a short token by guessing."""
    return hashlib.scrypt(token.encode(), salt=b"gateway browser session", n=2**14, r=8, p=1)
