"""Text, names, addresses: https://hl7.org/fhir/R4/search.html#string

An entry is `name|folded|as written`. Both are cut at 256 characters; longer texts are alike when those are.
"""

from typing import Any

from gateway.search.context import Context
from gateway.search.parameters import Parameter
from gateway.search.ranges import refuse
from gateway.search.tokens import Filter, escape, exact, literal, starting
from gateway.search.values import fold, unescape

FIELD = "k"
MODIFIERS = frozenset({"exact", "contains"})
_LONGEST = 256
_PARTS = {
    "HumanName": ("family", "given", "prefix", "suffix", "text"),
    "Address": ("line", "city", "district", "state", "postalCode", "country", "text"),
}


def index(name: str, kind: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [_entry(name, value)] if value.strip() else []
    texts: list[str] = []
    for part in _PARTS.get(kind, ()):
        held = value.get(part, ())
        texts.extend((held,) if isinstance(held, str) else (text for text in held if isinstance(text, str)))
    return [_entry(name, text) for text in texts if text.strip()]


def _entry(name: str, text: str) -> str:
    text = text[:_LONGEST]
    return f"{name}|{escape(fold(text))}|{text}"


def where(name: str, parameter: Parameter, modifier: str | None, value: str, context: Context) -> Filter:
    text = unescape(value)[:_LONGEST]
    folded = escape(fold(text))
    if not folded:
        raise refuse(parameter.name, value, "a text to search for")
    if modifier == "exact":
        return exact(_entry(name, text))
    if modifier == "contains":
        return starting(f"{name}|", rf"^[^|]*\|[^|]*{literal(folded)}")
    return starting(f"{name}|{folded}")


def present(name: str, parameter: Parameter) -> Filter:
    return starting(f"{name}|")
