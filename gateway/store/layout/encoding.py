"""Encode and decode BSON of large documents in pieces.

The driver encodes or decodes a document in one call that keeps other threads from the interpreter: for the 16 MB that a
document may have, half a second. Pieces of at most `PIECE` bytes, done in a thread, let others run in between.
https://bsonspec.org/spec.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from gateway.event_loop import weight
from gateway.store.layout.decimals import DECIMALS

Document = dict[str, Any]

PIECE = 64 * 1024

_OBJECT, _ARRAY = 0x03, 0x04
_SIZES = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
"""The bytes of a value, for types whose values all have the same length."""
_MEASURED = {0x02: 4, 0x03: 0, 0x04: 0, 0x05: 5}
"""For types whose values begin with a length: the bytes of the value that this length does not count."""


def encode(document: Document) -> RawBSONDocument:
    """Encode `document`. Raises bson.errors.InvalidDocument."""
    return RawBSONDocument(_framed(_elements(document.items())))


def decode(data: bytes, options: CodecOptions[Document] = DECIMALS) -> Document:
    """Decode `data`, one document."""
    return dict(_members(data, options))


def _elements(members: Iterable[tuple[str, Any]]) -> bytes:
    parts: list[bytes] = []
    piece: Document = {}
    room = PIECE
    for name, value in members:
        size = weight(value, PIECE)
        if size > PIECE and isinstance(value, dict | list):
            parts += (_encoded(piece), _nested(name, value))
            piece, room = {}, PIECE
            continue
        piece[name] = value
        room -= size
        if room < 0:
            parts.append(_encoded(piece))
            piece, room = {}, PIECE
    return b"".join([*parts, _encoded(piece)])


def _nested(name: str, value: Document | list[Any]) -> bytes:
    named = _encoded({name: None})[1:]
    if isinstance(value, list):
        return bytes((_ARRAY,)) + named + _framed(_elements((str(number), item) for number, item in enumerate(value)))
    return bytes((_OBJECT,)) + named + _framed(_elements(value.items()))


def _encoded(members: Document) -> bytes:
    return bson.encode(members, codec_options=DECIMALS)[4:-1]


def _framed(elements: bytes) -> bytes:
    return (len(elements) + 5).to_bytes(4, "little") + elements + b"\0"


def _members(data: bytes, options: CodecOptions[Document]) -> Iterator[tuple[str, Any]]:
    """Yield the members of an object or array, decoding small neighbors together."""
    start = at = 4
    while at < len(data) - 1:
        name_ends = data.index(0, at + 1)
        value = name_ends + 1
        ends = _ends(data, data[at], value)
        if ends is None:
            yield from _decoded(data[start:-1], options)
            return
        if ends - value > PIECE and data[at] in (_OBJECT, _ARRAY):
            yield from _decoded(data[start:at], options)
            inner = _members(data[value:ends], options)
            is_list = data[at] == _ARRAY
            yield data[at + 1 : name_ends].decode(), [item for _, item in inner] if is_list else dict(inner)
            start = ends
        elif ends - start > PIECE:
            yield from _decoded(data[start:ends], options)
            start = ends
        at = ends
    yield from _decoded(data[start:-1], options)


def _ends(data: bytes, type_: int, value: int) -> int | None:
    """Return the end of the value that begins at `value`; None for a type that we do not store."""
    if type_ in _SIZES:
        return value + _SIZES[type_]
    if type_ in _MEASURED:
        return value + _MEASURED[type_] + int.from_bytes(data[value : value + 4], "little")
    return None


def _decoded(elements: bytes, options: CodecOptions[Document]) -> Iterable[tuple[str, Any]]:
    return bson.decode(_framed(elements), options).items() if elements else ()
