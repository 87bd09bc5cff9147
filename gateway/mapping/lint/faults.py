"""All faults of one mapping file. Loading stops at the first; here each field is loaded alone, and what is wrong is
taken out before going on, so that one run tells them all and what is right can still be looked at."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import yaml

from gateway.errors import ConfigurationError
from gateway.mapping.definition.load import load
from gateway.mapping.lint.finding import Finding, fault
from gateway.mapping.source.yaml_source import Source

Entry = tuple[yaml.Node, yaml.Node]
Around = Callable[[list[Entry]], Source]
"""Fields, or words of one, -> the file that has only them."""

# Words that make no sense without the one that is taken out.
_DEPENDENTS = {"codes": ("uncovered",), "default": ("uncovered",), "list": ("function",)}
_KEPT = ("path", "type", "fields", "resource", "collection")
_MOST_ROUNDS = 30
_DEEPEST = 12


def sound(root: Source) -> tuple[Source | None, list[Finding]]:
    """The file without what is wrong in it (None if nothing of it is right), and all that is wrong."""
    error = _refusal(root)
    if error is None:
        return root, []
    indexes, without = _value(_entries(root.node), "indexes"), _without(root, "indexes")
    mended, told = _sound(without, error) if _refusal(without) else (without, [])
    if mended is not None and isinstance(indexes, yaml.SequenceNode):
        told += _of_indexes(mended, indexes, complete=mended is without)
    return mended, told or [error]


def _of_indexes(root: Source, indexes: yaml.SequenceNode, *, complete: bool) -> Iterator[Finding]:
    """What is wrong with each index. Unless the fields are `complete`, one that is not there may just have been at
    fault."""
    for item in indexes.value:
        only = yaml.SequenceNode(indexes.tag, [item], indexes.start_mark, indexes.end_mark)
        error = _refusal(_root(root, [*_entries(root.node), (_scalar("indexes", indexes), only)]))
        if error is not None and (complete or "there is no field" not in error.text):
            yield error


def _without(root: Source, name: str) -> Source:
    return _root(root, [entry for entry in _entries(root.node) if _name(entry[0]) != name])


def _sound(root: Source, error: Finding) -> tuple[Source | None, list[Finding]]:
    head, told = _mended(_entries(root.node), lambda words: _root(root, _with(words, "fields", _plain_fields())))
    fields = _entries(_value(head, "fields"))
    if not fields:
        return None, told or [error]

    def around(some: list[Entry]) -> Source:
        return _root(root, _with(head, "fields", some))

    kept, found = _sound_fields(fields, around, 0)
    told = [*dict.fromkeys([*told, *found])]
    return (around(kept) if kept else None), told or [error]


def _sound_fields(fields: list[Entry], around: Around, depth: int) -> tuple[list[Entry], list[Finding]]:
    """Those of the fields of one object that are right, as far as they are, and what is wrong."""
    names = [_name(key) for key, _ in fields]
    kept: dict[str, Entry] = {}
    told: list[Finding] = []
    if len({*names}) < len(names) and (twice := _refusal(around([(key, _plain_field()) for key, _ in fields]))):
        told.append(twice)
    for name, entry in zip(names, fields, strict=True):
        right, found = _sound_field(entry, around, depth)
        told += found
        if right is not None:
            kept.setdefault(name, right)
    return [*kept.values()], told


def _sound_field(entry: Entry, around: Around, depth: int) -> tuple[Entry | None, list[Finding]]:
    """One field as far as it is right, None if it is not at all, and what is wrong with it."""
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
        right, told = _mended(words, alone)
        return ((key, _mapping(value, right)) if right else None), told
    own, told = _mended(words, lambda words: alone(_with(words, "fields", _plain_fields())))
    if not own:
        return None, told
    kept, found = _sound_fields(inner, lambda some: alone(_with(own, "fields", some)), depth + 1)
    told += found
    return ((key, _mapping(value, _with(own, "fields", kept))) if kept else None), told or [error]


def _mended(words: list[Entry], around: Around) -> tuple[list[Entry], list[Finding]]:
    """The words that are left when those at fault are taken out one by one (none if that cannot be), and the faults."""
    told: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        error = _refusal(around(words))
        if error is None:
            return words, told
        told.append(error)
        rest = next((less for less in _without_one(words) if _refusal(around(less)) != error), None)
        if rest is None:
            break
        words = rest
    return [], told


def _without_one(words: list[Entry]) -> Iterator[list[Entry]]:
    """The words without one of them and those that need it; the last ones first."""
    names = [_name(key) for key, _ in words]
    for index in range(len(words) - 1, -1, -1):
        name = names[index]
        only = names.count(name) == 1
        if name == "read-only" and only:  # whatever it says, without it the field might have to be written
            yield [(key, _scalar("true", value) if key is words[index][0] else value) for key, value in words]
        elif name not in _KEPT or not only:
            gone = _DEPENDENTS.get(name, ()) if only else ()
            yield [word for at, word in enumerate(words) if at != index and names[at] not in gone]


def _refusal(source: Source) -> Finding | None:
    try:
        load(source)
    except ConfigurationError as error:
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
    """A field that is right on any element, for every element may have an id."""
    node: yaml.Node = yaml.compose("{path: id, type: text}", Loader=yaml.SafeLoader)  # type: ignore[assignment]
    return node


def _plain_fields() -> list[Entry]:
    plain = _plain_field()
    return [(_scalar("x", plain), plain)]
