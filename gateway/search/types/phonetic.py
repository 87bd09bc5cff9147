"""Names by sound: `phonetic` (https://hl7.org/fhir/R4/patient.html#search).

An entry is `phonetic|463000`, one for each code of each word of a name. Words in other scripts than Latin are kept as
they are: `phonetic|~山田`.
"""

import re
from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.soundex import codes
from gateway.search.notation.tokens import Filter, escape, exact, starting
from gateway.search.notation.values import fold, unescape

FIELD = "k"
MODIFIERS: frozenset[str] = frozenset()
_PARTS = ("family", "given", "text")
_WORD = re.compile(r"[^\W\d_]+")


def index(name: str, kind: str, value: Any) -> list[str]:
    """Return the index entries of the sounds of names (see SearchType)."""
    if not isinstance(value, dict):
        return []
    parts = [value.get(part) for part in _PARTS]
    lists = (part if isinstance(part, list) else [part] for part in parts)
    texts = [text for part in lists for text in part if isinstance(text, str)]
    return [f"{name}|{sound}" for text in texts for word in _words(text) for sound in _sounds(word)]


def _words(text: str) -> list[str]:
    """Return the folded words of a name. An apostrophe does not separate: O'Brien is one word."""
    return _WORD.findall(fold(text[:256]).replace("'", "").replace("’", ""))


def _sounds(word: str) -> list[str]:
    return list(codes(word)) or [f"~{escape(word)}"]


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for the sounds of names (see SearchType)."""
    words = _words(unescape(value))
    if not words:
        raise refuse(parameter.name, value, "a name")
    each = [exact(*(f"{name}|{sound}" for sound in _sounds(word))) for word in words]
    return each[0] if len(each) == 1 else {"$and": each}


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return starting(f"{name}|")
