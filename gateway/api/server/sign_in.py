"""Sign browsers in where tokens are set: a form for the token, and a cookie for the session.

The token is sent once, in the body of a request, and not kept. Scripts cannot read the cookie, and requests from pages
of other sites do not carry it. Guesses are limited for each client address.
"""

import time
from collections import deque
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from gateway.api.call.call import base_of
from gateway.api.process.deployment import Deployment
from gateway.api.protocol import body, forwarded, sessions
from gateway.api.protocol.security_headers import FORM_PAGE
from gateway.api.server.admission import SIGN_IN, SIGN_OUT, cookie_name, signed_in
from gateway.api.server.page import page
from gateway.errors import BadRequest, TooManyRequests

GUESSES, GUESS_SECONDS = 10, 60.0
"""The number of wrong tokens that one client address may send in so many seconds."""
_MAX_ADDRESSES = 10_000
_MAX_BYTES = 8_000
_WRONG = "this is not a token of this gateway"


class Guesses:
    """The times at which each client address sent wrong tokens."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def note(self, address: str, now: float) -> None:
        """Count an attempt, before its token is checked, so that parallel attempts count. Raises TooManyRequests."""
        times = self._times.setdefault(address, deque())
        while times and times[0] <= now - GUESS_SECONDS:
            times.popleft()
        if len(times) >= GUESSES:
            raise TooManyRequests(f"too many wrong tokens: try again in {GUESS_SECONDS:.0f} seconds")
        times.append(now)
        if len(self._times) > _MAX_ADDRESSES:
            del self._times[next(iter(self._times))]

    def forget(self, address: str) -> None:
        """Forget the attempts of an address, after a correct token."""
        self._times.pop(address, None)


def sign_in_routes(deployment: Deployment) -> APIRouter:
    """Return the routes of the form and of signing out."""
    router, guesses = APIRouter(include_in_schema=False), Guesses()
    for token in deployment.tokens:
        sessions.key(token)  # derive it now, so that no request waits for it
    form = partial(_form, deployment.site)

    @router.get(SIGN_IN)
    async def show(request: Request) -> Response:
        """Show the form for signing in or out."""
        if not deployment.tokens:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        return form(local(request.query_params.get("next", "")), inside=signed_in(deployment, request.headers))

    @router.post(SIGN_IN)
    async def enter(request: Request) -> Response:
        """Begin a session."""
        sent = await _sent(request)
        address = _client(request, deployment)
        try:
            guesses.note(address, time.monotonic())
        except TooManyRequests as error:
            return form(local(sent.get("next", "")), status=error.status, fault=error.text)
        token = sent.get("token", "").strip()
        if not sessions.is_token(deployment.tokens, token):
            return form(local(sent.get("next", "")), status=HTTPStatus.UNAUTHORIZED, fault=_WRONG)
        guesses.forget(address)
        answer = RedirectResponse(local(sent.get("next", "")), HTTPStatus.SEE_OTHER)
        _set_cookie(answer, request, deployment, sessions.begin(token, time.time()))
        return answer

    @router.post(SIGN_OUT)
    async def leave(request: Request) -> Response:
        """End the session of this browser."""
        answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        answer.headers["Clear-Site-Data"] = '"cache"'
        _set_cookie(answer, request, deployment, "")
        return answer

    return router


def _form(site: str, next_: str, *, status: int = HTTPStatus.OK, fault: str = "", inside: bool = False) -> HTMLResponse:
    """Return the form.

    next_: the address that it leads to.
    fault: why the last attempt failed.
    inside: whether to offer signing out.
    """
    answer = page("sign_in.html", status=status, policy=FORM_PAGE, site=site, next=next_, fault=fault, inside=inside)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = f"{GUESS_SECONDS:.0f}"
    return answer


def to_sign_in(path: str, query: str) -> Response:
    """Redirect a browser to the form, which leads back to the address that it asked for."""
    address = f"{path}?{query}" if query else path
    return RedirectResponse(f"{SIGN_IN}?next={quote(address, safe='/')}", HTTPStatus.SEE_OTHER)


def local(address: str) -> str:
    """Return `address` if it is on this server, `/` if it could lead elsewhere."""
    foreign = not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address
    return "/" if foreign or not (address.isascii() and address.isprintable()) else address


async def _sent(request: Request) -> dict[str, str]:
    """Read the form. Raises BadRequest, TooLarge."""
    try:
        text = (await body.read(request, _MAX_BYTES)).decode()
        return {name: values[-1] for name, values in parse_qs(text, max_num_fields=10).items()}
    except ValueError as error:  # from decoding, or from too many fields
        raise BadRequest("the body is not the form of this page") from error


def _set_cookie(answer: Response, request: Request, deployment: Deployment, value: str) -> None:
    secure = base_of(request, deployment).startswith("https:")
    answer.set_cookie(
        cookie_name(deployment), value, max_age=None if value else 0, httponly=True, samesite="strict", secure=secure
    )


def _client(request: Request, deployment: Deployment) -> str:
    """Return the address that guesses are counted by: with IPv6 the network, since one client has a whole network."""
    peer = request.client.host if request.client else ""
    address = forwarded.client(peer, request.headers, deployment.proxies)
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
