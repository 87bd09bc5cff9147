"""Find violations of the fifth and the sixth law by comparing a resource before and after an edit.

An object is compared with all objects that stood at the same element before, so the result does not depend on how the
items of lists are aligned.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.type_model import fields
from gateway.mapping.attached.identity import still_true
from gateway.mapping.attached.settle import written_by_people
from gateway.mapping.attached.tables import REMOVAL, UNLISTED, DependentRule, Node, applies, extensions, members, rules


class _Object(NamedTuple):
    """An object in a resource: its path without indexes, and its FHIR type or `extension(url)`."""

    element: str
    type: str
    node: Node


def contradictions(before: Resource, after: Resource) -> Iterator[tuple[str, str]]:
    """Yield (element, what is wrong) for each dependent that is attached to another value than it was before."""
    stood = defaultdict[str, list[_Object]](list)
    for old in _objects(before):
        stood[old.element].append(old)
    standing = defaultdict[str, list[_Object]](list)
    for new in _objects(after):
        standing[new.element].append(new)
    for element, news in standing.items():
        yield from _stale_elements(news, stood[element])
        for new in news:
            yield from _stale_extensions(new, stood[element])


def husks(before: Resource, after: Resource) -> Iterator[tuple[str, str]]:
    """Yield (element, what is wrong) for each object that has lost its value and kept only what described it."""
    stood = defaultdict[str, list[_Object]](list)
    for old in _objects(before):
        stood[old.element].append(old)
    standing = defaultdict[str, list[Node]](list)
    news = list(_objects(after))
    for new in news:
        standing[new.element].append(new.node)
    for new in news:
        changed = [old for old in stood[new.element] if old.node not in standing[new.element]]
        was_there = [old.node for old in stood[new.element]].count(new.node) >= standing[new.element].count(new.node)
        for rule in rules(new.type):
            if rule.when == REMOVAL and not was_there and _is_husk(rule, new, changed):
                yield new.element, "is left without its value"


def _is_husk(rule: DependentRule, rest: _Object, changed: Iterable[_Object]) -> bool:
    """Return whether `rest`, which may be left of one of the `changed` objects, only describes a value that is gone."""
    if any(name in rest.node for name in rule.value) or not rest.node.keys() <= {*rule.dependents, "id"}:
        return False
    owners = [old.node for old in changed if _within(rest.node, old.node)]
    return bool(owners) and all(any(name in owner for name in rule.value) for owner in owners)


def _within(part: Node, whole: Node) -> bool:
    return all(whole.get(name) == value for name, value in part.items())


def _objects(resource: Resource) -> Iterator[_Object]:
    type_ = str(resource.get("resourceType"))
    yield from _below(type_, resource, type_)


def _below(type_: str, node: Node, element: str) -> Iterator[_Object]:
    yield _Object(element, f"extension({node.get('url')})" if type_ == "Extension" else type_, node)
    definition = r4.types().get(type_)
    for name in definition.elements if definition is not None else ():
        for key in fields(type_, name):
            value = node.get(key.key)
            if value is not None and not key.primitive and not key.resource:
                for item in _each(value):
                    if isinstance(item, dict):
                        yield from _below(key.type, item, f"{element}.{name}")


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _stale_elements(news: Sequence[_Object], stood: Sequence[_Object]) -> Iterator[tuple[str, str]]:
    """Yield a violation for each dependent that stayed as it was while its value changed."""
    for new in news:
        for rule in rules(new.type):
            for name in rule.dependents if rule.then != "told" and rule.when != REMOVAL else ():
                now = members(new.node, new.type, name)
                if now is None or name in ("id", UNLISTED) or _excused(new, name):
                    continue
                owners = _holding(stood, name, now)
                written_anew = len(_holding(news, name, now)) > len(owners)
                if not written_anew and all(applies(rule, old.type, old.node, new.node) for old in owners):
                    yield f"{new.element}.{name}", "stays beside another value than it described"


def _holding(objects: Sequence[_Object], name: str, value: Any) -> list[_Object]:
    return [holder for holder in objects if members(holder.node, holder.type, name) == value]


def _excused(holder: _Object, name: str) -> bool:
    return still_true(holder.type, name, holder.node) or written_by_people(holder.type, name, holder.node)


def _stale_extensions(new: _Object, stood: Iterable[_Object]) -> Iterator[tuple[str, str]]:
    for key in new.node:
        if not key.startswith("_"):
            continue
        for value, extension in _attached(new.node, key[1:]):
            owners = [was for old in stood for was, other in _attached(old.node, key[1:]) if other == extension]
            if owners and value not in owners and not _may_stay(extension, value):
                yield f"{new.element}.{key[1:]}", "keeps an extension of another value"


def _attached(node: Node, key: str) -> list[tuple[Any, Any]]:
    """Return (value, extension) for each extension beside a primitive."""
    values, beside = _each(node.get(key)), _each(node.get("_" + key))
    values += [None] * (len(beside) - len(values))
    attached = [each.get("extension", ()) if isinstance(each, dict) else () for each in beside]
    return [
        (value, extension) for value, extensions_ in zip(values, attached, strict=False) for extension in extensions_
    ]


def _may_stay(extension: Any, value: Any) -> bool:
    rule = extensions().get(str(extension.get("url"))) if isinstance(extension, dict) else None
    return rule is not None and rule.then == ("stays" if value is not None else "reason")
