"""HTTP/1.1 as uvicorn reads it, with an end to the heads of requests, and refusals that FHIR clients understand."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import Issue
from gateway.fhir import json
from gateway.fhir.outcome import outcome

MAX_HEAD = 256 * 1024
"""Bytes of request line and headers; without a limit a client could fill the memory with them."""

ABORT = "gateway.abort"
"""Where a request has the function that drops its connection at once."""

_INVALID = "This is not HTTP. In an address all but ASCII is percent-encoded, and so are blanks."
_TOO_LARGE = f"Request line and headers may have {MAX_HEAD} bytes. A long search can be sent by POST to _search."


class Wire(HttpToolsProtocol):
    """What `uvicorn.Config(http=…)` takes."""

    _head = 0
    _in_head = False

    def data_received(self, data: bytes) -> None:
        self._head = self._head + len(data) if self._in_head else 0
        if self._head > MAX_HEAD:
            self._refuse(431, "Request Header Fields Too Large", "too-long", _TOO_LARGE)
        else:
            super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "Bad Request", "invalid", _INVALID)

    def _refuse(self, status: int, phrase: str, code: str, text: str) -> None:
        body = json.dump(outcome([Issue("error", code, text)]))
        head = (
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/fhir+json; charset=utf-8\r\n"
            f"x-content-type-options: nosniff\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
