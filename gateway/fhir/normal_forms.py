"""Unicode normalization in time that grows with the text.

`unicodedata.normalize` sorts each run of combining marks by insertion: a hundred thousand marks on one letter take ten
seconds, during which no other thread has the interpreter. No language writes runs as long as a piece is here; they are
left half sorted. https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
"""

import re
import unicodedata
from typing import Literal

_PIECE = 500
_PIECES = re.compile(rf".{{1,{_PIECE}}}(?:\s|$)|.{{1,{_PIECE}}}", re.DOTALL)
"""Pieces end behind a blank where there is one: no mark belongs to it."""


def normalize(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Return what `unicodedata.normalize` returns, but for runs of hundreds of combining marks."""
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)
    return "".join([unicodedata.normalize(form, piece) for piece in _PIECES.findall(text)])
