"""Add headers that keep a browser from running stored content.

Stored resources hold HTML, XML and files that partners wrote. Every answer is therefore sandboxed: a browser that opens
it runs no script, loads nothing and shows it in no frame. Only our own pages have another policy.
https://www.w3.org/TR/CSP3/, https://hl7.org/fhir/R4/security.html#narrative
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SANDBOX = {
    "Content-Security-Policy": "sandbox; default-src 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a patient's resource holds an id
}
"""The headers of every answer that does not set them itself."""

_PAGE = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "
PAGE = {"Content-Security-Policy": f"{_PAGE}'none'"}
FORM_PAGE = {"Content-Security-Policy": f"{_PAGE}'self'"}
SWAGGER_PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
}
"""The policy of the only pages with scripts, which are files of this server. Their style sheet has images as data:."""

_SHOWN = ("application/json", "application/xml", "text/xml", "text/plain", "text/css", "text/html", "image/svg+xml")
"""Media types that a browser may display; each is inert in the sandbox."""


class SecurityHeaders:
    """ASGI middleware; the outermost one, so that no answer leaves without these headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                protect(headers)
                if "cache-control" in headers and any(name == b"cookie" for name, _ in scope["headers"]):
                    headers["Cache-Control"] = "no-store"  # the browser's cache outlives the session
            await send(message)

        await self._app(scope, receive, protected if scope["type"] == "http" else send)


def protect(headers: MutableHeaders) -> None:
    """Add missing headers; content that a browser must not display becomes a download."""
    for name, value in SANDBOX.items():
        headers.setdefault(name, value)
    if not _is_shown(headers.get("content-type", "")):
        headers.setdefault("Content-Disposition", "attachment")


def _is_shown(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media in ("", *_SHOWN) or media.endswith(("+json", "+xml"))
