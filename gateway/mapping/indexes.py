"""Read the indexes that a mapping asks for. Each of their fields must be a field of its documents.

indexes:
  - birth_date
  - [patient_id, code_keys, -effective.start, _id]
  - {fields: [encounter_id], sparse: true}
  - {fields: [patient_id, component_keys], present: component_keys}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.mapping.reading.field import Field
from gateway.mapping.source.file_fault import UnknownField
from gateway.mapping.source.suggestions import nearest
from gateway.mapping.source.yaml_source import Source
from gateway.mapping.values.lens import Lens

WORDS = ("fields", "sparse", "present")

_VERSION = ("type", "version", "updated", "origin", "mapping")
_ADDED_BY_GATEWAY = frozenset((*(f"fhir.{name}" for name in _VERSION), "_id", "quality.rule", "unmapped.field"))
_LISTS = ("quality", "unmapped")


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a collection.

    fields: (dotted name, 1 for ascending or -1 for descending).
    sparse: whether to leave out documents that have none of the fields.
    present: a field; documents without it are left out. Empty for no such field.
    """

    fields: tuple[tuple[str, int], ...]
    sparse: bool = False
    present: str = ""


FINGERPRINT = Index((("fingerprint.near", 1), ("fingerprint.exact", 1)), present="fingerprint.exact")
"""The index of every mapping with the field `fingerprint`, by which the store finds duplicates."""


def load(source: Source | None, fields: Sequence[Field]) -> tuple[Index, ...]:
    """Read the indexes of a mapping with these fields; `source` is the value of `indexes`, None if there is none.

    Raises ConfigurationError for a field that no document has, and for two lists that MongoDB cannot index together
    (https://www.mongodb.com/docs/manual/core/indexes/index-types/index-multikey/#compound-multikey-indexes).
    """
    listed = [_index(item.of_word("indexes"), fields) for item in source.items()] if source else []
    built_in = (FINGERPRINT,) if any(field.name == "fingerprint" for field in fields) else ()
    return tuple(dict.fromkeys((*listed, *built_in)))


def _index(source: Source, fields: Sequence[Field]) -> Index:
    if not source.is_mapping:
        return Index(_keys(source, fields))
    words = {}
    for place, key, value in source.entries():
        if key not in WORDS:
            place.refuse(f"unknown word {key!r}{nearest(key, WORDS)}; write one of {', '.join(WORDS)}")
        words[key] = value
    if "fields" not in words:
        source.refuse("`fields` is missing: write the names of the fields")
    sparse, present = "sparse" in words and words["sparse"].flag(), ""
    if "present" in words:
        present = words["present"].text()
        _lists_of(words["present"], present, fields)
    if sparse and present:
        words["present"].refuse("`present` and `sparse` exclude each other: leave one of them out")
    return Index(_keys(words["fields"], fields), sparse, present)


def _keys(source: Source, fields: Sequence[Field]) -> tuple[tuple[str, int], ...]:
    keys: dict[str, int] = {}
    lists: list[str] = []
    for item in source.items() if source.is_list else (source,):
        text = item.text()
        name = text.removeprefix("-")
        if name in keys:
            item.refuse(f"{name!r} occurs twice: leave one of them out")
        keys[name] = -1 if text.startswith("-") else 1
        for path in _lists_of(item, name, fields):
            if any(not _nested(path, other) for other in lists):
                both = f"{path} and {lists[0]} are both lists"
                item.refuse(f"{both}, which MongoDB cannot index together: write two indexes")
            lists.append(path)
    if not keys:
        source.refuse("an index has no fields: write at least one")
    return tuple(keys.items())


def _nested(path: str, other: str) -> bool:
    """Return whether one of two paths leads through the other; only such lists can be indexed together."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")


def _lists_of(source: Source, name: str, fields: Sequence[Field]) -> list[str]:
    """Return the dotted names of the lists on the way to a field.

    Raises ConfigurationError if there is no such field.
    """
    if name in _ADDED_BY_GATEWAY:
        return [head for head in _LISTS if name.startswith(head)]
    steps = name.split(".")
    members: dict[str, tuple[Lens, bool]] | None = {
        field.name: (field.lens, field.many or field.lens.several) for field in fields
    }
    lists = []
    for number, step in enumerate(steps):
        if members is None:  # the lens does not tell its parts, so any name may be right
            break
        if step not in members:
            source.refuse(f"there is no field {name!r}{nearest(step, members)}", UnknownField)
        lens, many = members[step]
        lists += [".".join(steps[: number + 1])] if many else []
        members = dict(_parts(lens)) if lens.parts or lens.derived or lens.leaf else None
    return lists


def _parts(lens: Lens) -> Iterator[tuple[str, tuple[Lens, bool]]]:
    for part in (*lens.parts, *lens.derived):
        yield part.name, (part.lens, part.many)
