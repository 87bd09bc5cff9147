"""Bearer tokens (RFC 6750): any configured token opens every route except the health checks."""

import hmac
from collections.abc import Sequence

OPEN = frozenset({"/healthz", "/readyz"})


def permitted(tokens: Sequence[str], path: str, authorization: str) -> bool:
    """`authorization` is the header, "" if absent. All tokens are compared, each in constant time."""
    if not tokens or path in OPEN:
        return True
    scheme, _, given = authorization.strip().partition(" ")
    presented = given.strip().encode("latin-1", "replace")  # as the header came
    matches = [hmac.compare_digest(token.encode(), presented) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)
