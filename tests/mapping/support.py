"""One field of a mapping in one line, and all real resources there are, for tests about mappings."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.fhir import fhir_json
from gateway.mapping import Mappings

MAPPED = frozenset(Mappings.load(Path(__file__).parents[2] / "mappings").by_type)
HEAD = "resource: {type}\ncollection: things\nfields:\n"


def load(folder: Path, *lines: str, type_: str = "Patient") -> Mappings:
    """The mappings of a folder with one file whose fields are `lines` (from line 4 on)."""
    folder.mkdir(exist_ok=True)
    text = HEAD.format(type=type_) + "\n".join(f"  {line}" for line in lines) + "\n"
    (folder / "things.yaml").write_text(text, "utf-8")
    return Mappings.load(folder)


def document(mappings: Mappings, **resource: Any) -> dict[str, Any]:
    """What becomes of a resource of the one type that `mappings` knows; `_id` left out."""
    [projection] = mappings.get({"resourceType": next(iter(mappings.by_type)), **resource})
    return projection.document


def corpus(shared: Path) -> Iterator[dict[str, Any]]:
    """Every resource of the corpus that a shipped mapping reads, wherever it stands in a file."""
    for file in sorted(file for file in (shared / "corpus").rglob("*json*") if file.is_file()):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for text in data.splitlines() if ".ndjson" in file.name else [data]:
            try:
                yield from _mapped(fhir_json.parse(text))
            except GatewayError:
                continue  # not JSON: never reaches a mapping


def _mapped(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("resourceType") in MAPPED:
            yield tree
        for value in tree.values():
            yield from _mapped(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _mapped(value)
