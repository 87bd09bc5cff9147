r"""Read search values as written: `,` `|` `$` separate, `\,` `\|` `\$` `\\` stand for themselves.

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
    """Return the parts between unescaped separators; the parts keep their escapes."""
    if "\\" not in value:
        return value.split(separator)
    return re.findall(rf"(?:^|{re.escape(separator)})((?:\\.|[^\\{re.escape(separator)}]|\\$)*)", value, re.DOTALL)


def unescape(value: str) -> str:
    """Return the text of an escaped search value."""
    return _ESCAPED.sub(r"\1", value) if "\\" in value else value


def escape(text: str) -> str:
    """Return the search value that means just this text."""
    return _SPECIAL.sub(r"\\\1", text)


def fields(value: str) -> list[str]:
    """Return the parts between `|`, unescaped and without blanks around them."""
    return [unescape(part).strip() for part in split(value, "|")]


def bare(text: str) -> str:
    """Return the text folded and without punctuation, which "should also be ignored" (search.html#string): "O'Brien"
    becomes "obrien". A text of punctuation alone is only folded."""
    return fold(_PUNCTUATION.sub("", text)) or fold(text)


def fold(text: str) -> str:
    """Return the text without case, accents, width variants and extra blanks: "  MÜLLER " and "muller" become the same.

    Only general diacritics are accents: with the voicing marks of kana a sound is another one.
    """
    if not text.isascii():
        bare = _ACCENTS.sub("", normalize("NFKD", text.casefold()))
        text = normalize("NFC", bare).casefold()
    return " ".join(text.lower().split())


_SYSTEMS = {
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ucum": "http://unitsofmeasure.org",
}
""""predefined and can be used in place of their associated full system URI" (search_filter.html)"""
_SHORT = re.compile(rf"(^|\|)({'|'.join(_SYSTEMS)})(?=\|)")


def in_full(value: str) -> str:
    """Return a value of `_filter` with the full address of each system that it names in short: `loinc|1234-5`,
    `5|ucum|mg`."""
    return "$".join(_SHORT.sub(lambda short: short[1] + _SYSTEMS[short[2]], part) for part in value.split("$"))
