"""Make the document of a resource in the text index, which `gateway.search.language.text_query` searches.

w   text|metastases            a word of the narrative
    content|metastases         a word of any text in the resource, the narrative included
    code:text|blood pressure   a text of the token parameter `code`, from each of its words on
n   the narrative's words in their order, between blanks
c   all words, text by text
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.search.indexing.index import extractors
from gateway.search.notation.words import ALL_TEXT, LONGEST_PHRASE, NARRATIVE, RUNNING_TEXT, words
from gateway.search.types import token

VERSION = 1
"""Count it up when the documents change: all of them are then made anew."""

_MOST_CHARACTERS = 1_000_000
"""Characters of one resource that can be found."""
_ENTRY_BYTES, _RUNNING_BYTES = 6_000_000, 2_000_000
"""Bytes of all entries of a resource, and of each running text: together less than MongoDB takes as one document, even
if a character becomes many, as U+FDFA does."""
_BYTES_AROUND_ENTRY = 14
"""What BSON adds to a string in an array."""
_BYTES_PER_CHARACTER = 4
_MOST_BEGINNINGS, _MOST_OF_CODES = 32, 5_000
"""Beginnings that one text of a code has, and that all of them have."""

# What stands within a line of text, so that `<b>bo</b>ne` is one word; any other tag separates.
_INLINE = re.compile(r"</?(?:a|abbr|b|big|bdo|code|em|font|i|q|s|small|span|strike|strong|sub|sup|tt|u)\b[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")
_SILENT = frozenset({"resourceType", "data", "hash", "versionId", "lastUpdated"})
"""Elements that hold no words: bytes in base64, and the server's own."""


def text_document(resource: Resource) -> dict[str, Any]:
    """Return the fields `w`, `n` and `c` of a resource's document. Elements of the wrong type have no words."""
    narrative = _narrative(resource)
    texts = [words(text) for text in _texts(resource)]
    entries = dict.fromkeys(islice(_of_codes(resource), _MOST_OF_CODES))
    entries.update(dict.fromkeys(f"{ALL_TEXT}|{word}" for text in texts for word in text))
    entries.update(dict.fromkeys(f"{NARRATIVE}|{word}" for word in narrative))
    running = {NARRATIVE: _running([narrative]), ALL_TEXT: _running(texts)}
    return {"w": sorted(_first(entries)), **{RUNNING_TEXT[field]: text for field, text in running.items() if text}}


def _first(entries: Iterable[str]) -> Iterator[str]:
    """Yield as many entries as one document has room for."""
    left = _ENTRY_BYTES
    for entry in entries:
        left -= len(entry.encode()) + _BYTES_AROUND_ENTRY
        if left < 0:
            return
        yield entry


def _running(texts: list[list[str]]) -> str:
    text = "\n".join(f" {' '.join(text)} " for text in texts if text)
    if len(text) <= _RUNNING_BYTES // _BYTES_PER_CHARACTER:
        return text
    return text.encode()[:_RUNNING_BYTES].decode(errors="ignore")


def _narrative(resource: Resource) -> list[str]:
    text = resource.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    return words(_plain(div)) if isinstance(div, str) else []


def _plain(div: str) -> str:
    """Return the text of a narrative without its tags."""
    return unescape(_TAG.sub(" ", _INLINE.sub("", _without_comments(div[:_MOST_CHARACTERS]))))


def _without_comments(div: str) -> str:
    """Return the text without XML comments. A pattern would search to the end of the text again for each comment that
    has no end."""
    parts, at = [], 0
    while (start := div.find("<!--", at)) >= 0 and (end := div.find("-->", start)) >= 0:
        parts.append(div[at:start])
        at = end + len("-->")
    return " ".join([*parts, div[at:]])


def _texts(resource: Resource) -> Iterator[str]:
    """Yield every text of a resource until _MOST_CHARACTERS are reached."""
    left = _MOST_CHARACTERS
    for name, text in _strings(resource, ""):
        if left <= 0:
            return
        yield (_plain(text) if name == "div" else text)[:left]
        left -= len(text)


def _strings(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _SILENT or not isinstance(inner, str):
                yield from _strings(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, name)


def _of_codes(resource: Resource) -> Iterator[str]:
    for extractor in extractors(resource["resourceType"], tuple(resource)):
        if extractor.index is token.index:
            for kind, value in extractor.values(resource):
                for text in token.texts(kind, value):
                    yield from _beginnings(f"{extractor.name}:text", words(text))


def _beginnings(name: str, phrase: list[str]) -> Iterator[str]:
    """Yield the entries of a phrase, which is found by the words from any of its words on."""
    for start in range(min(len(phrase), _MOST_BEGINNINGS)):
        yield f"{name}|{' '.join(phrase[start:])[:LONGEST_PHRASE]}"
