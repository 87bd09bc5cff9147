"""Find all faults of one mapping file, although loading it stops at the first.

Each field is loaded alone. A part that is wrong is taken out before the rest is loaded again, so that one run finds all
faults and the sound rest can still be checked.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import yaml

from gateway.mapping.definition.load import load
from gateway.mapping.lint.finding import LintFinding, fault
from gateway.mapping.source.file_fault import FileFault, UnknownField
from gateway.mapping.source.yaml_source import Source

Entry = tuple[yaml.Node, yaml.Node]
Around = Callable[[list[Entry]], Source]
"""Return the file with only these fields, or with a field that has only these words.

Called for each attempt to load.
"""

# Words that make no sense without the word that is taken out.
_DEPENDENTS = {"codes": ("uncovered",), "default": ("uncovered",), "list": ("function",)}
_KEPT = ("path", "type", "fields", "resource", "collection")
_MOST_ROUNDS = 30
_DEEPEST = 12


def without_faults(root: Source) -> tuple[Source | None, list[LintFinding]]:
    """Return the file without its faulty parts (None if nothing sound is left), and all its faults."""
    error = _refusal(root)
    if error is None:
        return root, []
    indexes, without = _value(_entries(root.node), "indexes"), _without(root, "indexes")
    mended, faults = _sound_root(without, error) if _refusal(without) else (without, [])
    if mended is not None and isinstance(indexes, yaml.SequenceNode):
        faults += _of_indexes(mended, indexes, complete=mended is without)
    return mended, faults or [error]


def _of_indexes(root: Source, indexes: yaml.SequenceNode, *, complete: bool) -> Iterator[LintFinding]:
    """Yield the faults of each index.

    Unless the fields are `complete`, a missing field may be one that was taken out.
    """
    for item in indexes.value:
        only = yaml.SequenceNode(indexes.tag, [item], indexes.start_mark, indexes.end_mark)
        try:
            load(_root(root, [*_entries(root.node), (_scalar("indexes", indexes), only)]))
        except UnknownField as error:
            if complete:
                yield fault(error)
        except FileFault as error:
            yield fault(error)


def _without(root: Source, name: str) -> Source:
    return _root(root, [entry for entry in _entries(root.node) if _name(entry[0]) != name])


def _sound_root(root: Source, error: LintFinding) -> tuple[Source | None, list[LintFinding]]:
    head, faults = _mended(_entries(root.node), lambda words: _root(root, _with(words, "fields", _plain_fields())))
    fields = _entries(_value(head, "fields"))
    if not fields:
        return None, faults or [error]

    def around(fields: list[Entry]) -> Source:
        return _root(root, _with(head, "fields", fields))

    kept, found = _sound_fields(fields, around, 0)
    faults = [*dict.fromkeys([*faults, *found])]
    return (around(kept) if kept else None), faults or [error]


def _sound_fields(fields: list[Entry], around: Around, depth: int) -> tuple[list[Entry], list[LintFinding]]:
    """Return the sound parts of the fields of one object, and all faults."""
    names = [_name(key) for key, _ in fields]
    kept: dict[str, Entry] = {}
    faults: list[LintFinding] = []
    if len({*names}) < len(names) and (twice := _refusal(around([(key, _plain_field()) for key, _ in fields]))):
        faults.append(twice)
    for name, entry in zip(names, fields, strict=True):
        right, found = _sound_field(entry, around, depth)
        faults += found
        if right is not None:
            kept.setdefault(name, right)
    return [*kept.values()], faults


def _sound_field(entry: Entry, around: Around, depth: int) -> tuple[Entry | None, list[LintFinding]]:
    """Return the sound part of a field, None if nothing sound is left, and its faults."""
    error = _refusal(around([entry]))
    if error is None:
        return entry, []
    key, value = entry
    words, inner = _entries(value), _entries(_value(_entries(value), "fields"))
    if not words or depth > _DEEPEST:
        return None, [error]

    def alone(words: list[Entry]) -> Source:
        return around([(key, _mapping(value, words))])

    if not inner:
        right, faults = _mended(words, alone)
        return ((key, _mapping(value, right)) if right else None), faults
    own, faults = _mended(words, lambda words: alone(_with(words, "fields", _plain_fields())))
    if not own:
        return None, faults
    kept, found = _sound_fields(inner, lambda fields: alone(_with(own, "fields", fields)), depth + 1)
    faults += found
    return ((key, _mapping(value, _with(own, "fields", kept))) if kept else None), faults or [error]


def _mended(words: list[Entry], around: Around) -> tuple[list[Entry], list[LintFinding]]:
    """Take out faulty words one by one until the rest loads; return the rest, [] if it never loads, and the faults."""
    faults: list[LintFinding] = []
    for _ in range(_MOST_ROUNDS):
        error = _refusal(around(words))
        if error is None:
            return words, faults
        faults.append(error)
        rest = next((fewer for fewer in _without_one(words) if _refusal(around(fewer)) != error), None)
        if rest is None:
            break
        words = rest
    return [], faults


def _without_one(words: list[Entry]) -> Iterator[list[Entry]]:
    """Yield the words without one of them and without those that need it, trying the last word first."""
    names = [_name(key) for key, _ in words]
    for index in range(len(words) - 1, -1, -1):
        name = names[index]
        only = names.count(name) == 1
        if name == "read-only" and only:  # set to true instead: without it, the field would have to be writable
            yield [(key, _scalar("true", value) if key is words[index][0] else value) for key, value in words]
        elif name not in _KEPT or not only:
            gone = _DEPENDENTS.get(name, ()) if only else ()
            yield [word for at, word in enumerate(words) if at != index and names[at] not in gone]


def _refusal(source: Source) -> LintFinding | None:
    try:
        load(source)
    except FileFault as error:
        return fault(error)
    return None


def _root(root: Source, words: list[Entry]) -> Source:
    return replace(root, node=_mapping(root.node, words)) if words else root


def _with(words: list[Entry], name: str, fields: list[Entry]) -> list[Entry]:
    return [(key, _mapping(value, fields) if _name(key) == name else value) for key, value in words]


def _entries(node: yaml.Node | None) -> list[Entry]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _value(words: list[Entry], name: str) -> yaml.Node | None:
    return next((value for key, value in words if _name(key) == name), None)


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _mapping(like: yaml.Node, words: list[Entry]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", words, like.start_mark, like.end_mark)


def _scalar(text: str, like: yaml.Node) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, like.start_mark, like.end_mark)


def _plain_field() -> yaml.Node:
    """Return a field that is sound on any element, because every element may have an id."""
    node: yaml.Node = yaml.compose("{path: id, type: text}", Loader=yaml.SafeLoader)  # type: ignore[assignment]
    return node


def _plain_fields() -> list[Entry]:
    plain = _plain_field()
    return [(_scalar("x", plain), plain)]
