"""Inspect an XML document before it is parsed: find its first element, and detect what no parser should be given."""

import re

BOM = b"\xef\xbb\xbf"
_blanks = re.compile(rb"[ \t\r\n]*+").match
MOST_ATTRIBUTES = 200
_CROWDED = re.compile(rb"""<[A-Za-z_:][^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+){%d}""" % (MOST_ATTRIBUTES + 1))
LONGEST_NAME = 1_000
LONGEST_TAG = 16 * 1024 * 1024
"""Bytes between `<` and `>`: what is larger cannot be stored either."""
_NAMED_LONG = re.compile(rb"</?[A-Za-z_:][^ \t\r\n<>/]{%d}" % LONGEST_NAME)
_AT_ONCE = 1024 * 1024
_OPEN_TAG = re.compile(rb"""<[A-Za-z_:][^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+(?:"[^"]*+|'[^']*+)?""")
_TO_SKIP = ((b"<!--", b"-->"), (b"<?xml", b"?>"))


def root(data: bytes) -> int:
    """Where byte order mark, declaration, comments and blanks end; the end of `data` if one of them does not."""
    at = len(BOM) if data.startswith(BOM) else 0
    while True:
        found = _blanks(data, at)
        at = found.end() if found else at
        closing = next((closing for opening, closing in _TO_SKIP if data.startswith(opening, at)), None)
        if closing is None:
            return at
        end = data.find(closing, at + 4)
        if end < 0:
            return len(data)
        at = end + len(closing)


def has_doctype(data: bytes) -> bool:
    """A document type declaration can stand only before the first element. It is looked for before anything is parsed,
    as the entities that it declares would be expanded; expat is told to refuse it, too."""
    return data.startswith(b"<!DOCTYPE", root(data))


def is_crowded(data: bytes) -> bool:
    """Tell whether an element has far more attributes than any needs. expat reads all attributes of an element in one
    step: a million take two seconds, during which no other thread has the interpreter."""
    return any(_CROWDED.search(data, at, at + _AT_ONCE) for at in range(0, len(data), _AT_ONCE))


def is_oversized(data: bytes) -> bool:
    """Return whether a tag, or the name of an element, is far longer than any needs to be. Expat reads a tag with its
    attributes in one step, during which nobody else is served."""
    if len(data) > LONGEST_NAME and any(
        _NAMED_LONG.search(data, at, at + _AT_ONCE + LONGEST_NAME + 2) for at in range(0, len(data), _AT_ONCE)
    ):
        return True
    return any(_is_tag_longer(data, at) for at in range(LONGEST_TAG, len(data), _AT_ONCE))


def _is_tag_longer(data: bytes, end: int) -> bool:
    """Return whether the tag that is open at `end`, if there is one, began LONGEST_TAG bytes before."""
    if data.rfind(b"<", end - LONGEST_TAG, end) >= 0 or (start := data.rfind(b"<", 0, end)) < 0:
        return False
    return _OPEN_TAG.fullmatch(data, start, end) is not None
