r"""How a search value is written: `,` `|` `$` separate, `\,` `\|` `\$` `\\` stand for themselves.

https://hl7.org/fhir/R4/search.html#escaping
"""

import re
import unicodedata

from gateway.fhir.normal_forms import normalize

_SPECIAL = re.compile(r"([,|$\\])")
_ESCAPED = re.compile(r"\\([,|$\\])")
_SIGNS = (chr(code) for block in (range(0x3100), range(0xFE10, 0xFF66)) for code in block)
_PUNCTUATION = re.compile(f"[{re.escape(''.join(c for c in _SIGNS if unicodedata.category(c)[0] == 'P'))}]+")
_ACCENTS = re.compile("[\u0300-\u036f]")


def split(value: str, separator: str) -> list[str]:
    """The parts of `value` between unescaped separators, still escaped themselves."""
    if "\\" not in value:
        return value.split(separator)
    return re.findall(rf"(?:^|{re.escape(separator)})((?:\\.|[^\\{re.escape(separator)}]|\\$)*)", value, re.DOTALL)


def unescape(value: str) -> str:
    return _ESCAPED.sub(r"\1", value) if "\\" in value else value


def escape(text: str) -> str:
    """`text` as a search value that means it literally."""
    return _SPECIAL.sub(r"\\\1", text)


def fields(value: str) -> list[str]:
    """The parts between `|`, unescaped and without blanks around them."""
    return [unescape(part).strip() for part in split(value, "|")]


def bare(text: str) -> str:
    """`text` folded and without punctuation, which "should also be ignored" (search.html#string): "O'Brien" and
    "obrien" become the same. What is nothing but punctuation is kept."""
    return fold(_PUNCTUATION.sub("", text)) or fold(text)


def fold(text: str) -> str:
    """`text` without case, accents, width variants and extra blanks: "  MÜLLER " and "muller" become the same.

    Only the general diacritics go: the voicing marks of kana make other sounds, not the same with an accent.
    """
    if not text.isascii():
        bare = _ACCENTS.sub("", normalize("NFKD", text.casefold()))
        text = normalize("NFC", bare).casefold()
    return " ".join(text.lower().split())
