"""The words of a resource, as one document of their own: what `gateway.search.language.text_query` asks.

w   text|metastases            a word of the narrative
    content|metastases         a word of any text in the resource, the narrative included
    code:text|blood pressure   what the token parameter `code` has for texts, from each of their words on
n   the narrative's words in their order, between blanks; c all words, text by text
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.search.indexing.index import wanted
from gateway.search.language.text_query import ALL, LONGEST_PHRASE, NARRATIVE, RUNNING, words
from gateway.search.types import token

VERSION = 1
"""To be counted up when the documents change: they are all made anew then."""

_LONGEST = 1_000_000
"""Characters of one resource that are searched."""
_ROOM, _ROOM_OF_RUNNING = 6_000_000, 2_000_000
"""Bytes of all entries of a resource and of each running text: together less than MongoDB takes as one document, even
if a character becomes many, as U+FDFA does."""
_PER_ENTRY, _BYTES_PER_CHARACTER = 14, 4
_MOST_BEGINNINGS, _MOST_OF_CODES = 32, 5_000
"""Words from which one text can be found on, and such beginnings in one resource."""

# What stands within a line of text, so that `<b>bo</b>ne` is one word; any other tag separates.
_INLINE = re.compile(r"</?(?:a|abbr|b|big|bdo|code|em|font|i|q|s|small|span|strike|strong|sub|sup|tt|u)\b[^<>]*>", re.I)
_TAG = re.compile(r"<[^<>]*>")
_SILENT = frozenset({"resourceType", "data", "hash", "versionId", "lastUpdated"})
"""Elements that hold no words: bytes in base64, and what the server itself keeps."""


def wording(resource: Resource) -> dict[str, Any]:
    """Its fields `w`, `n` and `c`. Whatever is odd in the resource has no words."""
    narrative = _narrative(resource)
    texts = [words(text) for text in _texts(resource)]
    entries = dict.fromkeys(islice(_of_codes(resource), _MOST_OF_CODES))
    entries.update(dict.fromkeys(f"{ALL}|{word}" for text in texts for word in text))
    entries.update(dict.fromkeys(f"{NARRATIVE}|{word}" for word in narrative))
    running = {NARRATIVE: _running([narrative]), ALL: _running(texts)}
    return {"w": sorted(_first(entries)), **{RUNNING[field]: text for field, text in running.items() if text}}


def _first(entries: Iterable[str]) -> Iterator[str]:
    """Yield as many entries as one document has room for."""
    left = _ROOM
    for entry in entries:
        left -= len(entry.encode()) + _PER_ENTRY
        if left < 0:
            return
        yield entry


def _running(texts: list[list[str]]) -> str:
    text = "\n".join(f" {' '.join(text)} " for text in texts if text)
    if len(text) <= _ROOM_OF_RUNNING // _BYTES_PER_CHARACTER:
        return text
    return text.encode()[:_ROOM_OF_RUNNING].decode(errors="ignore")


def _narrative(resource: Resource) -> list[str]:
    text = resource.get("text")
    div = text.get("div") if isinstance(text, dict) else None
    return words(_plain(div)) if isinstance(div, str) else []


def _plain(div: str) -> str:
    return unescape(_TAG.sub(" ", _INLINE.sub("", _without_comments(div[:_LONGEST]))))


def _without_comments(div: str) -> str:
    """Return the text without XML comments. A pattern would search to the end of the text again for each comment that
    has no end."""
    parts, at = [], 0
    while (start := div.find("<!--", at)) >= 0 and (end := div.find("-->", start)) >= 0:
        parts.append(div[at:start])
        at = end + len("-->")
    return " ".join([*parts, div[at:]])


def _texts(resource: Resource) -> Iterator[str]:
    left = _LONGEST
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
    for extractor in wanted(resource["resourceType"], tuple(resource)):
        if extractor.index is token.index:
            for kind, value in extractor.values(resource):
                for text in token.texts(kind, value):
                    yield from _beginnings(f"{extractor.name}:text", words(text))


def _beginnings(name: str, found: list[str]) -> Iterator[str]:
    for start in range(min(len(found), _MOST_BEGINNINGS)):
        yield f"{name}|{' '.join(found[start:])[:LONGEST_PHRASE]}"
