"""Decode large JSON in pieces, so that other threads can run in between.

msgspec decodes 100 MB per second, but holds the interpreter lock from the first byte to the last: 60 MB stop all other
threads for more than half a second. Here no call decodes more than `PIECE` bytes of small values.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec

from gateway import budget

PIECE = 128 * 1024
_COPIED_AT_ONCE = 4 * 1024 * 1024

Decode = Callable[[Any], Any]
"""A function that decodes one piece of complete JSON, or raises msgspec.DecodeError."""

_BLANKS = re.compile(rb"[ \t\r\n]*")
_BYTE_POSITION = re.compile(r"\(byte (\d+)\)$")
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decode(data: bytes, piece: Decode, max_depth: int) -> Any:
    """Return what `piece(data)` would return; `piece` is called for each piece of `data`.

    Raises msgspec.DecodeError with the byte position in `data`, RecursionError for nesting deeper than `max_depth`, and
    all that `piece` raises.
    """
    return _Decoder(piece, max_depth).value(data, 0, 0)


class _Decoder:
    """A decoder of one text. Positions in its errors count from the beginning of the whole text."""

    def __init__(self, piece: Decode, max_depth: int) -> None:
        self._piece, self._max_depth = piece, max_depth

    def value(self, data: bytes, base: int, depth: int) -> Any:
        """Decode `data`, which begins at the byte `base` of the whole text."""
        budget.check()
        start = _blanks(data, 0)
        opening = data[start : start + 1]
        if len(data) <= PIECE or opening not in (b"[", b"{"):
            return self._at(base, self._piece, data)
        if depth > self._max_depth:
            raise RecursionError
        closing = b"]" if opening == b"[" else b"}"
        tree: Any = [] if opening == b"[" else {}
        rest = self._small_ones(data, start + 1, opening, closing, tree)
        self._large_ones(data if rest == start + 1 else opening + data[rest:], base + rest - start - 1, depth, tree)
        return tree

    def _small_ones(self, data: bytes, start: int, opening: bytes, closing: bytes, tree: Any) -> int:
        """Add members to `tree` while they fit into one piece. Return where the first larger member begins.

        A piece ends at a comma, which may stand within a member. But if the text before the comma can be decoded, it
        holds complete members, the same that a decoder of the whole text would read.
        """
        while len(data) - start > PIECE and (cut := data.rfind(b",", start, start + PIECE)) >= 0:
            try:
                members = self._piece(opening + data[start:cut] + closing)
            except msgspec.DecodeError:
                break
            if not members:
                break
            budget.check()
            tree.extend(members) if opening == b"[" else tree.update(members)
            start = cut + 1
        return start

    def _large_ones(self, data: bytes, base: int, depth: int, tree: Any) -> None:
        """Decode the members of `data` one by one and add them to `tree`."""
        is_list = isinstance(tree, list)
        raws = self._at(base, _items if is_list else _members, data)
        if not raws and tree:
            raise msgspec.DecodeError(f"JSON is malformed: trailing comma (byte {base + 1})")
        least = 1
        for key, raw in enumerate(raws) if is_list else raws.items():
            try:
                child = self.value(_copy(raw), 0, depth + 1) if len(raw) > PIECE else self._piece(raw)
            except msgspec.DecodeError as error:
                raise _moved(error, base + max(data.find(bytes(raw), least), 0)) from None
            tree.append(child) if is_list else tree.__setitem__(key, child)
            least += len(raw) + 1

    def _at(self, base: int, decode: Decode, data: bytes) -> Any:
        """Decode `data`, which begins at the byte `base` of the whole text."""
        try:
            return decode(data)
        except msgspec.DecodeError as error:
            raise _moved(error, base) from None


def _copy(raw: msgspec.Raw) -> bytes:
    """Copy in slices: `bytes(raw)` would stop all other threads until the whole is copied."""
    view, out = memoryview(raw), BytesIO()
    for start in range(0, len(view), _COPIED_AT_ONCE):
        out.write(view[start : start + _COPIED_AT_ONCE])
    return out.getvalue()


def _blanks(data: bytes, start: int) -> int:
    blanks = _BLANKS.match(data, start)
    return blanks.end() if blanks else start


def _moved(error: msgspec.DecodeError, base: int) -> msgspec.DecodeError:
    """Return the same error with its position counted from `base` bytes earlier."""
    text = str(error)
    position = _BYTE_POSITION.search(text)
    return msgspec.DecodeError(f"{text[: position.start()]}(byte {int(position[1]) + base})") if position else error
