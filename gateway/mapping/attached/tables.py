"""Read the tables of what depends on a value: `dependents.csv` for elements, `extensions.csv` for extensions.

dependents.csv has one rule per row:

- `type`: the FHIR type of the object that holds both; `*` is every resource, `Element` every data type that has no rule
  of its own for unlisted extensions, `extension(url)` an extension with that address
- `value`, `dependents`: elements with blanks between them; `value[x]` is a choice, `extension(url)` the extensions of
  that address, `extension` those that extensions.csv does not list, `*` the whole content
- `when`: see `WHENS`
- `then`: `goes` removes the dependent with a warning, `told` keeps it with a warning, `refused` refuses the edit

extensions.csv has one extension per row:

- `describes`: the elements of the object that the extension describes; empty for the whole object
- `then`: `goes`, `stays`, or `reason` for an extension that says why there is no value
"""

import csv
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from gateway.fhir import r4
from gateway.fhir.path.type_model import ancestors, fields
from gateway.mapping.attached.identity import codings_replaced, same

Node = dict[str, Any]
Then = Literal["goes", "told", "refused"]

METADATA = frozenset({"resourceType", "id", "meta", "implicitRules", "language", "text", "contained"})
"""Members of a resource that its narrative does not describe."""

_ELEMENT = frozenset({"id", "extension"})
"""Members of an object of a data type that are no part of its value."""

UNLISTED = "extension"
REMOVAL = "removed"
"""The `when` of rules about objects that lost their value: the dependents go if nothing else is left."""

_PLAIN = frozenset({"Meta", "Extension", "Narrative", "Element"})
"""Data types whose unlisted extensions do not describe a single value."""


class DependentRule(NamedTuple):
    """One row of dependents.csv; `source` is the place in the FHIR specification that says so."""

    value: tuple[str, ...]
    dependents: tuple[str, ...]
    when: str
    then: Then
    source: str


class ExtensionRule(NamedTuple):
    """One row of extensions.csv."""

    describes: tuple[str, ...]
    then: Literal["goes", "stays", "reason"]
    source: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(files(__package__).joinpath(name).read_text("utf-8").splitlines())


@cache
def extensions() -> dict[str, ExtensionRule]:
    """Return the rules for extensions, by address."""
    return {
        row["url"]: ExtensionRule(tuple(row["describes"].split()), row["then"], row["source"])  # type: ignore[arg-type]
        for row in _rows("extensions.csv")
    }


@cache
def _by_type() -> dict[str, list[DependentRule]]:
    by_type: dict[str, list[DependentRule]] = {}
    for row in _rows("dependents.csv"):
        value, dependents = tuple(row["value"].split()), tuple(row["dependents"].split())
        rule = DependentRule(value, dependents, row["when"], row["then"], row["source"])  # type: ignore[arg-type]
        by_type.setdefault(row["type"], []).append(rule)
    return by_type


@cache
def rules(type_: str) -> tuple[DependentRule, ...]:
    """Return the rules for objects of a FHIR type, or of `extension(url)`."""
    line = ancestors(type_) or (type_,)
    applicable = [rule for name in line if name != "Element" for rule in _by_type().get(name, ())]
    definition = r4.types().get(type_)
    if definition is not None and definition.kind == "resource":
        applicable += _by_type()["*"]
    if is_data_type(type_) and not any(UNLISTED in rule.dependents for rule in applicable):
        applicable += _by_type()["Element"]
    return tuple(applicable)


@cache
def is_data_type(type_: str) -> bool:
    """Return whether an object of the type is a single value, so that an extension of the object describes it."""
    definition = r4.types().get(type_)
    complex_ = definition is not None and definition.kind == "complex" and "BackboneElement" not in ancestors(type_)
    return complex_ and type_ not in _PLAIN


@cache
def value_of(type_: str) -> tuple[str, ...]:
    """Return the elements that are the value of a data type, as opposed to what describes it; () for other types."""
    if not is_data_type(type_):
        return ()
    return next((rule.value for rule in rules(type_) if rule.when == REMOVAL), ("*",))


def members(node: Node, type_: str, name: str) -> Any:
    """Return what `node` holds under a name of the tables, a choice by JSON key; None if it holds nothing there."""
    if name == "*":
        aside = _ELEMENT if is_data_type(type_) else METADATA
        return {key: value for key, value in node.items() if key not in aside} or None
    if name.startswith("extension("):
        return [extension for extension in _extensions(node) if extension.get("url") == name[10:-1]] or None
    if name.endswith("[x]"):
        return {key.key: node[key.key] for key in fields(type_, name[:-3]) if key.key in node} or None
    return node.get(name)


def without(node: Node, type_: str, name: str) -> Node:
    """Return `node` without what `members` gives."""
    if name.startswith("extension("):
        gone = members(node, type_, name) or []
        kept = [extension for extension in node.get("extension", ()) if extension not in gone]
        rest = {key: value for key, value in node.items() if key != "extension"}
        return {**rest, "extension": kept} if kept else rest
    keys = {key.key for key in fields(type_, name[:-3])} if name.endswith("[x]") else {name}
    return {key: value for key, value in node.items() if key.removeprefix("_") not in keys}


def _extensions(node: Node) -> list[Node]:
    listed = node.get("extension")
    return [extension for extension in listed if isinstance(extension, dict)] if isinstance(listed, list) else []


# --- when a rule applies: (rule, FHIR type, object before, object after)


def _changed(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    names = [*(members(before, type_, "*") or ())] if rule.value == ("*",) else rule.value
    return any(
        (old := members(before, type_, name)) is not None and not same(type_, name, old, members(after, type_, name))
        for name in names
    )


def _exchanged(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    pairs = [(name, members(before, type_, name), members(after, type_, name)) for name in rule.value]
    return any(old is not None and new is not None and not same(type_, name, old, new) for name, old, new in pairs)


def _altered(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    return any(members(before, type_, name) != members(after, type_, name) for name in rule.value)


def _written(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    return any(
        (new := members(after, type_, name)) is not None and new != members(before, type_, name) for name in rule.value
    )


def _gained(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    had = any(members(before, type_, name) is not None for name in rule.value)
    return not had and any(members(after, type_, name) is not None for name in rule.value)


def _removed(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    had = any(members(before, type_, name) is not None for name in rule.value)
    return had and all(members(after, type_, name) is None for name in rule.value)


def _replaced(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    return codings_replaced(before, after) is not None


WHENS: dict[str, Callable[[DependentRule, str, Node, Node], bool]] = {
    "changed": _changed,
    "exchanged": _exchanged,
    "altered": _altered,
    "written": _written,
    "gained": _gained,
    REMOVAL: _removed,
    "replaced": _replaced,
}
"""When a rule applies; a part is one of the elements that the rule names as the value.

- changed: a part that was there is different or gone
- exchanged: a part that was there is different
- altered: a part is different, gone or new
- written: a part is different or new
- gained: the value had no part and has one now
- removed: the value had a part and has none now
- replaced: a coding of a concept was replaced by one with another code
"""


def is_husk(type_: str, before: Node, after: Node) -> bool:
    """Return whether `after` has lost its value, and all that is left described that value."""
    return any(
        rule.when == REMOVAL and _removed(rule, type_, before, after) and after.keys() <= {*rule.dependents, "id"}
        for rule in rules(type_)
    )


def applies(rule: DependentRule, type_: str, before: Node, after: Node) -> bool:
    """Return whether the edit from `before` to `after` changed the value of the rule."""
    return WHENS[rule.when](rule, type_, before, after)
