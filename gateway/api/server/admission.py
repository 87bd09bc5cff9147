"""Decide whether a request is answered: it must be addressed to this server, authorized, and not forged.

A bearer token authorizes every request, a signed session cookie authorizes reading. Without tokens in the settings,
reaching the loopback address is enough. Browsers send cookies and reach the loopback address by themselves, so requests
that rely on those are checked for forgery.
"""

import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.types import Scope

from gateway.api.call.call import base_of
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.protocol import csrf, sessions
from gateway.api.protocol.bearer import OPEN, addressed, permitted
from gateway.errors import BadRequest, Forbidden, GatewayError, Misdirected, Unauthorized

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_BEFORE_SIGN_IN = (SIGN_IN, "/favicon.ico", "/static/gateway.css", "/static/favicon.svg")


def refusal(deployment: Deployment, scope: Scope, headers: Headers) -> GatewayError | None:
    """Return the error to answer with, None if the request may be answered. Health checks always may."""
    path = scope["path"]
    hosts = headers.getlist("host")
    if len(hosts) > 1 or (not hosts and scope.get("http_version", "1.1") != "1.0"):
        return BadRequest("a request must have exactly one Host header")
    if path in OPEN:
        return None
    if not addressed(deployment.hosts, headers.get("host", "")):
        return Misdirected("without tokens this gateway answers to localhost and to the host of GATEWAY_BASE_URL only")
    if not deployment.tokens:
        return _forgery(deployment, scope, headers, deployment.origins if _is_fhir(path) else ())
    if permitted(deployment.tokens, headers.get("authorization", "")):
        return None  # no page can add this header to a request without being asked first
    if path in _BEFORE_SIGN_IN or (signed_in(deployment, headers) and _is_for_sessions(scope)):
        return _forgery(deployment, scope, headers, ())
    return Unauthorized("a bearer token is needed")


def signed_in(deployment: Deployment, headers: Headers) -> bool:
    """Return whether the request has the cookie of a session that has not expired."""
    cookie = cookie_parser(headers.get("cookie", "")).get(cookie_name(deployment), "")
    return bool(cookie) and sessions.holds(deployment.tokens, cookie, time.time())


def cookie_name(deployment: Deployment) -> str:
    """Return a name that includes the site: cookies ignore ports, and two gateways may run on one host."""
    return f"gateway-{deployment.site}"


def _is_for_sessions(scope: Scope) -> bool:
    """Return whether a session may send this request: sessions may read and sign out."""
    return scope["method"] in ("GET", "HEAD") or scope["path"] == SIGN_OUT


def _forgery(deployment: Deployment, scope: Scope, headers: Headers, allowed: tuple[str, ...]) -> GatewayError | None:
    ours = (headers.get("host", ""), urlsplit(base_of(Request(scope), deployment)).netloc)
    if csrf.is_forged(scope["method"], headers, ours, allowed):
        return Forbidden("a web page of another origin may not write here (GATEWAY_CORS_ORIGINS names those that may)")
    return None


def _is_fhir(path: str) -> bool:
    return f"{path}/".startswith(f"{PREFIX}/")
