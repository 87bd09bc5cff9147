"""Let pages of named origins use the FHIR interface from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).

"to support browser-based client applications, servers SHOULD implement cross-origin resource sharing (CORS)":
https://hl7.org/fhir/R4/http.html. No page may until the operator names its origin. A browser first asks, without the
bearer token, whether it may send the request. Only that preflight request is answered here; the application answers the
rest.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.process.deployment import PREFIX

ANY = "*"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_READABLE = ("ETag", "Location", "Last-Modified", "Content-Disposition", "Allow", "Retry-After", "X-Request-Id")
"""Headers of an answer that scripts may read, besides the few that they always may."""


class Cors:
    """ASGI middleware around all others. It adds no header for other origins, so the browser keeps the answer from the
    page.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app, self._origins = app, origins
        self._shared = CORSMiddleware(
            app, allow_origins=origins, allow_methods=_METHODS, allow_headers=[ANY], expose_headers=_READABLE
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._shared if scope["type"] == "http" and self._allowed(scope) else self._app
        await app(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        if not f"{scope['path']}/".startswith(f"{PREFIX}/"):
            return False
        headers = Headers(scope=scope)
        method = headers.get("access-control-request-method", "GET")
        origin = headers.get("origin", "")
        return method in _METHODS and bool(origin) and (ANY in self._origins or origin in self._origins)
