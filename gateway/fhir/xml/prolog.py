"""Inspect an XML document before it is parsed: find its first element, and documents that a parser must not get."""

import re

BOM = b"\xef\xbb\xbf"
_blanks = re.compile(rb"[ \t\r\n]*+").match
MOST_ATTRIBUTES = 200
_CROWDED = re.compile(rb"""<[A-Za-z_:][^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+){%d}""" % (MOST_ATTRIBUTES + 1))
LONGEST_NAME = 1_000
LONGEST_TAG = 16 * 1024 * 1024
"""Bytes between `<` and `>`. A resource with a larger value could not be stored either."""
_NAMED_LONG = re.compile(rb"</?[A-Za-z_:][^ \t\r\n<>/]{%d}" % LONGEST_NAME)
_AT_ONCE = 1024 * 1024
_OPEN_TAG = re.compile(rb"""<[A-Za-z_:][^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+(?:"[^"]*+|'[^']*+)?""")
_TO_SKIP = ((b"<!--", b"-->"), (b"<?xml", b"?>"))


def root(data: bytes) -> int:
    """Return the position after byte order mark, declaration, comments and blanks; the end if one is not closed."""
    at = len(BOM) if data.startswith(BOM) else 0
    while True:
        blanks = _blanks(data, at)
        at = blanks.end() if blanks else at
        closing = next((closing for opening, closing in _TO_SKIP if data.startswith(opening, at)), None)
        if closing is None:
            return at
        end = data.find(closing, at + 4)
        if end < 0:
            return len(data)
        at = end + len(closing)


def has_doctype(data: bytes) -> bool:
    """Tell whether there is a document type declaration, which can stand only before the first element.

    This is checked before parsing, because the entities that it declares would be expanded. The parser refuses it too.
    """
    return data.startswith(b"<!DOCTYPE", root(data))


def is_crowded(data: bytes) -> bool:
    """Tell whether an element has far more attributes than any needs.

    expat reads all attributes of an element in one step: a million take two seconds, and no other thread can run.
    """
    return any(_CROWDED.search(data, at, at + _AT_ONCE) for at in range(0, len(data), _AT_ONCE))


def is_oversized(data: bytes) -> bool:
    """Tell whether a tag, or the name of an element, is far longer than any needs to be.

    expat reads a tag with its attributes in one step, and no other request is served meanwhile.
    """
    if len(data) > LONGEST_NAME and any(
        _NAMED_LONG.search(data, at, at + _AT_ONCE + LONGEST_NAME + 2) for at in range(0, len(data), _AT_ONCE)
    ):
        return True
    return any(_is_tag_longer(data, at) for at in range(LONGEST_TAG, len(data), _AT_ONCE))


def _is_tag_longer(data: bytes, end: int) -> bool:
    """Tell whether a tag that is open at `end` began more than LONGEST_TAG bytes before."""
    if data.rfind(b"<", end - LONGEST_TAG, end) >= 0 or (start := data.rfind(b"<", 0, end)) < 0:
        return False
    return _OPEN_TAG.fullmatch(data, start, end) is not None
