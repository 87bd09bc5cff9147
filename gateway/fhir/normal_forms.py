"""Normalize Unicode text in time proportional to its length.

`unicodedata.normalize` sorts each run of combining marks by insertion: a hundred thousand marks on one letter take ten
seconds, and no other thread can run meanwhile. Here the text is normalized in pieces. No language has runs of marks
longer than a piece; such a run is sorted only within each piece.
https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
"""

import re
import unicodedata
from typing import Literal

_PIECE = 500
_PIECES = re.compile(rf".{{1,{_PIECE}}}(?:\s|$)|.{{1,{_PIECE}}}", re.DOTALL)
"""A piece ends after a blank if there is one, because no combining mark belongs to a blank."""


def normalize(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Return what `unicodedata.normalize` returns, except in runs of hundreds of combining marks."""
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)
    return "".join([unicodedata.normalize(form, piece) for piece in _PIECES.findall(text)])
