"""Cut the text of an expression into tokens (https://hl7.org/fhirpath/N1/#lexical-elements)."""

import re
from typing import NamedTuple

from gateway.fhir.path.errors import PathError

_TIME = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_TOKENS = re.compile(
    rf"""
    (?P<skip>\s+|//[^\r\n]*|/\*.*?\*/)
  | (?P<datetime>@\d{{4}}(?:-\d\d(?:-\d\d)?)?T(?:{_TIME}(?:Z|[+-]\d\d:\d\d)?)?)
  | (?P<date>@\d{{4}}(?:-\d\d(?:-\d\d)?)?)
  | (?P<time>@T{_TIME})
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<quoted>`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
  | (?P<special>\$(?:this|index|total)\b)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<symbol><=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{{}}%])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", "'": "'", '"': '"', "`": "`"}

_HINTS = {"==": ", equals is =", "&&": ", write and", "||": ", write or", "'": ", the text has no end"}
"""What to write instead of an operator of another language, or what is wrong with a quote."""


class Token(NamedTuple):
    """A token. `kind` is the group of the pattern that it matched, or `end`; `at` is its offset."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """Return all tokens and a final `end`. Strings and quoted names have no quotes and no escapes any more.

    Raises PathError for a character that starts no token, and for an unknown escape.
    """
    result, at = [], 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None or (text.startswith("/*", at) and match.lastgroup != "skip"):
            raise PathError(f"unexpected {text[at : at + 10]!r}{_HINTS.get(text[at], '')}", phase="syntax", at=at)
        if (pair := text[at : at + 2]) in _HINTS:
            raise PathError(f"unexpected {pair!r}{_HINTS[pair]}", phase="syntax", at=at)
        if match.lastgroup != "skip":
            result.append(_token(match.lastgroup or "", match.group(), at))
        at = match.end()
    result.append(Token("end", "", at))
    return result


def _token(kind: str, text: str, at: int) -> Token:
    if kind == "string":
        return Token(kind, _unescape(text[1:-1], at), at)
    if kind == "quoted":
        return Token("quoted", _unescape(text[1:-1], at), at)
    return Token(kind, text, at)


def _unescape(text: str, at: int) -> str:
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPED:
            raise PathError(f"unknown escape \\{match[2]}", phase="syntax", at=at)
        return _ESCAPED[match[2]]

    return _ESCAPE.sub(plain, text)
