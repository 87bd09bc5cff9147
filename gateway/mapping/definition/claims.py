"""Find conflicts between mapping files: no two may have the same collection, or write the same resource type."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.mapping.definition.view_definition import ViewMapping
from gateway.mapping.mapping import Mapping
from gateway.mapping.source import json_positions
from gateway.mapping.source.file_fault import FileFault
from gateway.mapping.source.yaml_source import parse

_STORE = ("resources", "versions", "feed", "counters", "followers", "letters", "links", "imports", "state", "writers")
RESERVED = frozenset((*_STORE, "codes", "mappings", "quality"))
"""Names of collections that no mapping may have: the store uses them, or they mean something else in the API."""
_WORDS = "words_"
"""How the names of the store's collections of words begin; their version follows."""


def is_reserved(collection: str) -> bool:
    """Return whether a collection belongs to the gateway itself."""
    return collection in RESERVED or collection.startswith(_WORDS)


def conflicts(mappings: Iterable[Mapping | ViewMapping], texts: dict[str, bytes]) -> Iterator[FileFault]:
    """Yield a fault for each mapping that conflicts with an earlier one; `texts`: file name -> content."""
    owners: dict[tuple[str, str], str] = {}
    for mapping in mappings:
        if is_reserved(mapping.collection):
            reason = f"the collection {mapping.collection} belongs to the gateway itself: write another name"
            yield FileFault(mapping.file, _line(mapping, "collection", texts), reason)
        claims = [("resource", mapping.resource)] if mapping.writable else []
        claims.append(("collection", mapping.collection))
        conflict = next((claim for claim in claims if claim in owners), None)
        if conflict:
            reason = f"{conflict[1]} is mapped in {owners[conflict]} already"
            yield FileFault(mapping.file, _line(mapping, conflict[0], texts), reason)
        owners = dict.fromkeys(claims, mapping.file) | owners


def _line(mapping: Mapping | ViewMapping, word: str, texts: dict[str, bytes]) -> int:
    """Return the line of a word of a mapping, or of the name of a view, which is its collection."""
    file = Path(mapping.file)
    text = texts[file.name]
    if isinstance(mapping, ViewMapping):
        return json_positions.line(text.decode("utf-8-sig"), "ViewDefinition.name")
    return next(value.line for _, key, value in parse(file, text).entries() if key == word)
