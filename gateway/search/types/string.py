"""Text, names, addresses: https://hl7.org/fhir/R4/search.html#string

An entry is `name|bare|as written`. Texts are cut at 256 characters, so longer ones are compared by their beginnings.
"For robust search, servers should search the parts of a family name independently": `family:part|quinones` is an entry
of Carreno Quinones.
"""

import re
from typing import Any

from gateway.search.context import Context
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.ranges import refuse
from gateway.search.notation.tokens import Filter, escape, exact, literal, starting
from gateway.search.notation.values import bare, unescape

FIELD = "k"
MODIFIERS = frozenset({"exact", "contains"})
_MOST_CHARACTERS = 256
_MOST_PARTS = 8
_GAPS = re.compile(r"[\s\-\u2010-\u2015]+")
_PARTED = frozenset({"name", "family"})
"""The parameters that search family names."""
_PARTS = {
    "HumanName": ("family", "given", "prefix", "suffix", "text"),
    "Address": ("line", "city", "district", "state", "postalCode", "country", "text"),
}


def index(name: str, kind: str, value: Any) -> list[str]:
    """Return the index entries of texts (see SearchType)."""
    if isinstance(value, str):
        return [_entry(name, value), *_later(name, value, name)] if value.strip() else []
    texts: list[str] = []
    for part in _PARTS.get(kind, ()):
        held = value.get(part, ())
        texts.extend((held,) if isinstance(held, str) else (text for text in held if isinstance(text, str)))
    entries = [_entry(name, text) for text in texts if text.strip()]
    family = value.get("family") if kind == "HumanName" else None
    return entries + _later(name, family, "family") if isinstance(family, str) else entries


def _entry(name: str, text: str) -> str:
    text = text[:_MOST_CHARACTERS]
    return f"{name}|{escape(bare(text))}|{text}"


def _later(name: str, text: str, element: str) -> list[str]:
    """Return the entries by which a family name is found from its later words on."""
    if element != "family":
        return []
    text = text[:_MOST_CHARACTERS].strip()
    rests = (bare(text[gap.end() :]) for gap in _GAPS.finditer(text))
    return [f"{name}:part|{escape(rest)}|" for rest in rests if rest][:_MOST_PARTS]


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    """Return the filter for texts (see SearchType)."""
    text = unescape(value)[:_MOST_CHARACTERS]
    folded = escape(bare(text))
    if not folded:
        raise refuse(parameter.name, value, "a text to search for")
    if modifier == "exact":
        return exact(_entry(name, text))
    if modifier == "contains":
        return starting(f"{name}|", rf"^[^|]*\|[^|]*{literal(folded)}")
    whole = starting(f"{name}|{folded}")
    return {"$or": [whole, starting(f"{name}:part|{folded}")]} if name in _PARTED else whole


def present(name: str, parameter: Parameter) -> Filter:
    """Return the filter of documents that have any value."""
    return starting(f"{name}|")
