"""One field of a mapping in one line, for the tests of this folder."""

from pathlib import Path
from typing import Any

from gateway.mapping import Mappings

HEAD = "resource: {type}\ncollection: things\nfields:\n"


def load(folder: Path, *lines: str, type_: str = "Patient") -> Mappings:
    """The mappings of a folder with one file whose fields are `lines` (from line 4 on)."""
    folder.mkdir(exist_ok=True)
    text = HEAD.format(type=type_) + "\n".join(f"  {line}" for line in lines) + "\n"
    (folder / "things.yaml").write_text(text, "utf-8")
    return Mappings.load(folder)


def document(mappings: Mappings, **resource: Any) -> dict[str, Any]:
    """What becomes of a resource of the one type that `mappings` knows; `_id` left out."""
    projection = mappings.get({"resourceType": next(iter(mappings.by_type)), **resource})
    assert projection is not None
    return projection.document
