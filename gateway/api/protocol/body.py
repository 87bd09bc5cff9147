"""Read request bodies as they stream in, never more than the limit; gzip counts by its inflated size."""

import zlib
from collections.abc import Iterator
from io import BytesIO

from starlette.requests import ClientDisconnect, Request

from gateway import budget, event_loop
from gateway.errors import BadRequest, TooLarge, UnsupportedMediaType

_PIECE = 256 * 1024
"""Bytes to inflate before other requests get their turn: less than a millisecond of work."""


async def read(request: Request, limit: int) -> bytes:
    """Return the body, at most `limit` bytes after inflation.

    Raises TooLarge, UnsupportedMediaType, BadRequest, and Busy if all requests together hold too much.
    """
    if int_or_zero(request.headers.get("content-length", "")) > limit:
        raise _too_large(limit)
    inflate = _inflater(request.headers.get("content-encoding", ""))
    received = BytesIO()  # it grows in place; joining 60 MB at the end would copy them all at once
    size, allowance = 0, budget.current()
    try:
        async for chunk in request.stream():
            for piece in inflate(chunk) if inflate else (chunk,):
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                if allowance is not None:
                    allowance.hold(len(piece))
                received.write(piece)
                await event_loop.breathe()
    except ClientDisconnect as gone:
        raise BadRequest("the client went away before the body was complete") from gone
    except zlib.error as broken:
        raise BadRequest("the body is not valid gzip") from broken
    if inflate and size and not inflate.complete:
        raise BadRequest("the gzip body ends too early")
    return received.getvalue()


def int_or_zero(text: str) -> int:
    """Return the digits as a number; 0 for any other text, and for more digits than a length can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class _Gunzip:
    """Inflates piece by piece, so that a gzip bomb costs no more than what the caller takes of it.

    A gzip file may consist of several members, one after the other (RFC 1952 2.2).
    """

    def __init__(self) -> None:
        self._stream = _member()

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        """Yield at most `_PIECE` bytes at a time."""
        piece = b""
        while chunk or len(piece) == _PIECE:
            if self._stream.eof:
                if not chunk:
                    return
                self._stream = _member()
            piece = self._stream.decompress(chunk, _PIECE)
            yield piece
            chunk = self._stream.unconsumed_tail or self._stream.unused_data

    @property
    def complete(self) -> bool:
        return self._stream.eof


def _member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _inflater(encoding: str) -> _Gunzip | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Gunzip()
    raise UnsupportedMediaType("Content-Encoding may be gzip or identity")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body exceeds {limit} bytes")
