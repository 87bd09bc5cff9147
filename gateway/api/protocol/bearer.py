"""Check who sends a request: bearer tokens (RFC 6750), or without tokens whether it names this machine.

Without tokens, only the loopback address protects the gateway. A page in a browser on the same machine can get around
that by letting its own host name resolve to loopback (DNS rebinding), but the Host header then has that name.
"""

import hmac
import re
from collections.abc import Collection, Sequence

from gateway.networks import is_loopback

OPEN = frozenset({"/healthz", "/readyz"})
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._\-]+))(?::[0-9]{1,5})?")


def addressed(hosts: Collection[str] | None, host: str) -> bool:
    """Return whether the Host header names loopback or one of `hosts` (lower case, no ports); None allows any."""
    if hosts is None:
        return True
    parts = _HOST.fullmatch(host)
    name = (parts[1] or parts[2]).lower() if parts else ""
    return name in hosts or is_loopback(name)


def permitted(tokens: Sequence[str], authorization: str) -> bool:
    """Return whether the Authorization header has one of the tokens. All are compared, each in constant time."""
    if not tokens:
        return True
    scheme, _, given = authorization.strip().partition(" ")
    presented = given.strip().encode("latin-1", "replace")  # as the header came
    matches = [hmac.compare_digest(token.encode(), presented) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)
