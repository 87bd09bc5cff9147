"""What mapping files claim for themselves, and no two of them may: a collection, and a resource type to write."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.mapping import Mapping as ResourceMapping
from gateway.mapping.source import json_positions
from gateway.mapping.source.yaml_source import parse

_STORE = ("resources", "versions", "feed", "counters", "followers", "letters", "links", "imports", "state", "writers")
OWN = frozenset((*_STORE, "codes", "mappings", "quality"))
"""Names of collections that no mapping may have: the store's own, and those that mean something else in the API."""
_WORDS = "words_"
"""The store's collections of words begin so, whatever their version."""


def is_own(collection: str) -> bool:
    return collection in OWN or collection.startswith(_WORDS)


def conflicts(found: Iterable[ResourceMapping | ViewMapping], texts: Mapping[str, bytes]) -> Iterator[str]:
    """`file:line: reason` for each file whose claim cannot be met, in their order. `texts`: what each file of the
    folder holds."""
    owners: dict[tuple[str, str], str] = {}
    for one in found:
        if is_own(one.collection):
            yield f"{_place(one, 'collection', texts)}: the collection {one.collection} belongs to the gateway itself"
        claims = [("resource", one.resource)] if one.writable else []
        claims.append(("collection", one.collection))
        taken = next((claim for claim in claims if claim in owners), None)
        if taken:
            yield f"{_place(one, taken[0], texts)}: {taken[1]} is mapped in {owners[taken]} already"
        owners = dict.fromkeys(claims, one.file) | owners


def _place(one: ResourceMapping | ViewMapping, word: str, texts: Mapping[str, bytes]) -> str:
    file = Path(one.file)
    text = texts[file.name]
    if isinstance(one, ViewMapping):
        line = json_positions.line(text.decode("utf-8-sig"), "ViewDefinition.name")
    else:
        line = next(value.line for _, key, value in parse(file, text).entries() if key == word)
    return f"{one.file}:{line}"
