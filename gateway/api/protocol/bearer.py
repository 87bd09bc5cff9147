"""Who may ask: bearer tokens (RFC 6750), and without them only who asks for a name that is surely ours.

Without tokens the loopback address is what protects us, and a page in a browser on the same machine gets around that by
letting its own name resolve to loopback (DNS rebinding). The name stands in the Host header, so that it can be told.
"""

import hmac
import re
from collections.abc import Collection, Sequence

from gateway.networks import is_loopback

OPEN = frozenset({"/healthz", "/readyz"})
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._\-]+))(?::[0-9]{1,5})?")


def addressed(hosts: Collection[str] | None, host: str) -> bool:
    """Return whether `host`, the header, names loopback or one of `hosts` (lower case, no ports); None allows any."""
    if hosts is None:
        return True
    parts = _HOST.fullmatch(host)
    name = (parts[1] or parts[2]).lower() if parts else ""
    return name in hosts or is_loopback(name)


def permitted(tokens: Sequence[str], authorization: str) -> bool:
    """`authorization` is the header, "" if absent. All tokens are compared, each in constant time."""
    if not tokens:
        return True
    scheme, _, given = authorization.strip().partition(" ")
    presented = given.strip().encode("latin-1", "replace")  # as the header came
    matches = [hmac.compare_digest(token.encode(), presented) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)
