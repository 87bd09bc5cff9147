"""The indexes a mapping asks for: `indexes` in its file, each field of which is one of its documents.

indexes:
  - birth_date
  - [patient_id, code_keys, -effective.start, _id]
  - {fields: [encounter_id], sparse: true}
  - {fields: [patient_id, component_keys], present: component_keys}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.mapping.reading.field import Field
from gateway.mapping.source.suggestions import nearest
from gateway.mapping.source.yaml_source import Source
from gateway.mapping.values.lens import Lens

WORDS = ("fields", "sparse", "present")

_VERSION = ("type", "version", "updated", "origin", "mapping")
_BY_THE_GATEWAY = frozenset((*(f"fhir.{name}" for name in _VERSION), "_id", "quality.rule", "unmapped.field"))
_LISTS = ("quality", "unmapped")


@dataclass(frozen=True, slots=True)
class Index:
    """`fields`: (dotted name, 1 or -1). Documents without any of them (`sparse`), or without the field `present`, are
    no part of it."""

    fields: tuple[tuple[str, int], ...]
    sparse: bool = False
    present: str = ""


FINGERPRINT = Index((("fingerprint.near", 1), ("fingerprint.exact", 1)), present="fingerprint.exact")
"""Of every mapping with the field `fingerprint`: by it the store finds what was there already."""


def load(source: Source | None, fields: Sequence[Field]) -> tuple[Index, ...]:
    """Raises ConfigurationError for a field that no document has, and for lists that MongoDB cannot index together."""
    own = (FINGERPRINT,) if any(field.name == "fingerprint" for field in fields) else ()
    found = [_index(item.of("indexes"), fields) for item in source.items()] if source else []
    return tuple(dict.fromkeys((*found, *own)))


def _index(source: Source, fields: Sequence[Field]) -> Index:
    if not source.is_mapping:
        return Index(_keys(source, fields))
    words = {}
    for place, key, value in source.entries():
        if key not in WORDS:
            place.refuse(f"unknown word {key!r}{nearest(key, WORDS)}; known are {', '.join(WORDS)}")
        words[key] = value
    if "fields" not in words:
        source.refuse("`fields` is missing")
    sparse, present = "sparse" in words and words["sparse"].flag(), ""
    if "present" in words:
        present = words["present"].text()
        _lists(words["present"], present, fields)
    if sparse and present:
        words["present"].refuse("`present` and `sparse` exclude one another")
    return Index(_keys(words["fields"], fields), sparse, present)


def _keys(source: Source, fields: Sequence[Field]) -> tuple[tuple[str, int], ...]:
    keys: dict[str, int] = {}
    lists: list[str] = []
    for item in source.items() if source.is_list else (source,):
        text = item.text()
        name = text.removeprefix("-")
        if name in keys:
            item.refuse(f"{name!r} occurs twice")
        keys[name] = -1 if text.startswith("-") else 1
        for path in _lists(item, name, fields):
            if any(not _nested(path, other) for other in lists):
                item.refuse(f"{path} is a list, and so is {lists[0]}: MongoDB cannot index both together")
            lists.append(path)
    if not keys:
        source.refuse("has no fields")
    return tuple(keys.items())


def _nested(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _lists(source: Source, name: str, fields: Sequence[Field]) -> list[str]:
    """The lists on the way to a field."""
    if name in _BY_THE_GATEWAY:
        return [head for head in _LISTS if name.startswith(head)]
    steps = name.split(".")
    known: dict[str, tuple[Lens, bool]] | None = {one.name: (one.lens, one.many or one.lens.several) for one in fields}
    found = []
    for number, step in enumerate(steps):
        if known is None:
            break
        if step not in known:
            source.refuse(f"there is no field {name!r}{nearest(step, known)}")
        lens, many = known[step]
        found += [".".join(steps[: number + 1])] if many else []
        known = dict(_parts(lens)) if lens.parts or lens.rest or lens.leaf else None
    return found


def _parts(lens: Lens) -> Iterator[tuple[str, tuple[Lens, bool]]]:
    for part in (*lens.parts, *lens.rest):
        yield part.name, (part.lens, part.many)
