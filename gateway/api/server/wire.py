"""Speak HTTP/1.1 through uvicorn, with limits for request heads and with refusals that FHIR clients understand."""

import asyncio
from collections.abc import Callable

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.api.protocol.security_headers import SANDBOX
from gateway.errors import Issue
from gateway.fhir import fhir_json
from gateway.fhir.outcome import outcome

MAX_HEAD = 256 * 1024
"""The most bytes of request line and headers; without a limit a client could fill the memory."""
MAX_URL = 65_535
"""The most bytes of an address that httptools can parse."""
LINGER_SECONDS = 2.0
"""Seconds to keep reading after an answer that ends the connection: closing at once could destroy the answer (RFC 9112
9.6).
"""

_BY_POST = "A long search can be sent by POST to _search."
ABORT = "gateway.abort"
"""The key in a request's scope for the function that drops its connection at once."""

_INVALID = "This is not HTTP. In an address all but ASCII is percent-encoded, and so are blanks."
_TOO_LARGE = f"Request line and headers may have {MAX_HEAD} bytes. {_BY_POST}"
_TOO_LONG = f"An address may have {MAX_URL} bytes. {_BY_POST}"


class _Lingering:
    """A transport whose `close` calls `linger` instead."""

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], None]) -> None:
        self.write, self.is_closing, self.close = transport.write, transport.is_closing, linger


class Wire(HttpToolsProtocol):
    """The protocol class for `uvicorn.Config(http=…)`."""

    _head = 0
    _in_head = False
    _arrived = False  # whether the request that came last is complete
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Parse bytes of the client, and refuse a head that is too long."""
        if self._refused:
            return
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > MAX_HEAD:
            self._refuse(431, "Request Header Fields Too Large", "too-long", _TOO_LARGE)
        else:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Offer the function that drops the connection, see ABORT."""
        self._in_head, self._arrived = True, False
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]

    def on_url(self, url: bytes) -> None:
        """Collect the address. Raises ValueError if it is too long."""
        super().on_url(url)
        if len(self.url) > MAX_URL:
            raise ValueError(_TOO_LONG)  # uvicorn answers it with send_400_response

    def on_headers_complete(self) -> None:
        """Begin the request, with a connection that lingers at its end."""
        self._in_head = False
        if not self.url.startswith(b"/"):
            self._take_target_apart()
        super().on_headers_complete()
        self.cycle.transport = _Lingering(self.transport, self._linger)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """End the request."""
        self._arrived = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """End the response, and continue with the next request."""
        if not self._refused:
            super().on_response_complete()

    def _linger(self) -> None:
        """Close the connection; while a body is still coming, close it for writing only, and drop what arrives."""
        if self._arrived or self.transport.is_closing():
            self.transport.close()
            return
        self._refused = True
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _take_target_apart(self) -> None:
        """Read targets that are not a path: a whole address, as sent to proxies, and `*`.

        "the origin server MUST ignore the received Host header field (if any) and instead use the host information of
        the request-target" (RFC 9112 3.2.2). Raises ValueError, which uvicorn answers with send_400_response.
        """
        if self.url == b"*" and self.parser.get_method() == b"OPTIONS":
            self.url = b"/"
            return
        parts = httptools.parse_url(self.url)
        if (parts.schema or b"").lower() not in (b"http", b"https") or not parts.host or parts.userinfo:
            raise ValueError(_INVALID)
        host = b"[%b]" % parts.host if b":" in parts.host else parts.host
        authority = b"%b:%d" % (host, parts.port) if parts.port else host
        self.headers[:] = [(name, authority if name == b"host" else value) for name, value in self.headers]
        self.url = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: the request is answered without an upgrade, and uvicorn's advice would not help."""

    def send_400_response(self, msg: str) -> None:
        """Answer a request that cannot be parsed: 400, or 414 for a long address."""
        if len(self.url or b"") > MAX_URL:
            self._refuse(414, "URI Too Long", "too-long", _TOO_LONG)
        else:
            self._refuse(400, "Bad Request", "invalid", _INVALID)

    def _refuse(self, status: int, phrase: str, code: str, text: str) -> None:
        body = fhir_json.dump(outcome([Issue("error", code, text)]))
        headers = {
            "content-type": "application/fhir+json; charset=utf-8",
            "content-length": str(len(body)),
            "connection": "close",
            **SANDBOX,
        }
        lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 {status} {phrase}\r\n{lines}\r\n".encode() + body)
        self._refused = True
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
