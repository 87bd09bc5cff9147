"""Request bodies: read as they stream in, never more than the limit, gzip counted by its inflated size."""

import zlib

from starlette.requests import ClientDisconnect, Request

from gateway import budget
from gateway.errors import BadRequest, TooLarge, UnsupportedMediaType


async def read(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes after inflation. Raises TooLarge, UnsupportedMediaType, BadRequest, and Busy when
    all requests together hold too much."""
    if int_or_zero(request.headers.get("content-length", "")) > limit:
        raise _too_large(limit)
    inflate = _inflater(request.headers.get("content-encoding", ""))
    chunks: list[bytes] = []
    size, allowance = 0, budget.current()
    try:
        async for chunk in request.stream():
            chunk = inflate(chunk, limit - size + 1) if inflate else chunk
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            if allowance is not None:
                allowance.hold(len(chunk))
            chunks.append(chunk)
    except ClientDisconnect as gone:
        raise BadRequest("the client went away before the body was complete") from gone
    except zlib.error as broken:
        raise BadRequest("the body is not valid gzip") from broken
    if inflate and size and not inflate.complete:
        raise BadRequest("the gzip body ends too early")
    return b"".join(chunks)


def int_or_zero(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class _Gunzip:
    """Inflates chunk by chunk and never beyond what is still allowed: a bomb costs no more than the limit.

    A gzip file may be several, one after the other (RFC 1952 2.2): the next begins where one ends.
    """

    def __init__(self) -> None:
        self._stream = _member()

    def __call__(self, chunk: bytes, allowed: int) -> bytes:
        inflated = b""
        while chunk and len(inflated) < allowed:
            if self._stream.eof:
                self._stream = _member()
            inflated += self._stream.decompress(chunk, allowed - len(inflated))
            chunk = self._stream.unused_data
        return inflated

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
