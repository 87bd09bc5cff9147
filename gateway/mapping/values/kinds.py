"""Build types whose values are of several kinds, told apart by the part `kind` (`quantity`, `concept`, `moment` …)."""

from typing import Any

from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Unwritable, text

KIND = "kind"
"""The name of the part that names the kind."""


class WrongKind(Unwritable):
    """The refusal of a value of another kind than `kind`, which may be the right kind for another lens."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"must be of the kind {kind}", KIND)
        self.kind = kind


def kinded(kind: str, lens: Lens) -> Lens:
    """Return `lens` for one of several kinds: its values have the part `kind`. A value without parts reads as None."""
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document = read(value, notes)
        return {KIND: kind, **document} if document else None

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict or value.get(KIND) != kind:
            raise WrongKind(kind)
        return write({name: part for name, part in value.items() if name != KIND}, raw, origins)

    return Lens(get, put, parts=(Part("", KIND, text), *lens.parts), derived=lens.derived)
