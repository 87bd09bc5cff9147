"""Detect cross-site request forgery: a web page of another origin must not write here.

A browser lets any page send some requests without asking us: forms, and scripts with the content types of forms. Where
only the network address (loopback) or a cookie authorizes a request, such a page would write with the rights of the
person who opened it. Browsers send the origin of the page; EHRs and other programs send none and are not affected.
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def is_forged(method: str, headers: Headers, ours: Collection[str], allowed: Collection[str]) -> bool:
    """Return whether a page of a foreign origin sends a request that may change something.

    ours: the hosts, with ports, by which clients reach this server.
    allowed: foreign origins that may write; `*` allows any.
    """
    if method in _SAFE:
        return False
    origin = headers.get("origin", "")
    if origin and ("*" in allowed or origin in allowed):
        return False
    site = headers.get("sec-fetch-site", "")
    if site:  # no script can set it, and behind a proxy the browser knows better than we do
        return site not in ("same-origin", "none")
    return bool(origin) and not _is_ours(origin, ours)


def _is_ours(origin: str, ours: Collection[str]) -> bool:
    """Compare host and port. The scheme is left out: a proxy that ends TLS in front of us may not tell it."""
    try:
        parts = urlsplit(origin)
        default = _PORTS.get(parts.scheme)
        page_host = _host_and_port(parts.netloc, default)
        return bool(default) and any(page_host == _host_and_port(host, default) for host in ours)
    except ValueError:
        return False


def _host_and_port(netloc: str, default: int | None) -> tuple[str, int | None]:
    parts = urlsplit(f"//{netloc}")
    return (parts.hostname or "", parts.port or default)
