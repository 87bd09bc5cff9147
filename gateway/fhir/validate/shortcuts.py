"""Decide invariants from the keys of an object alone, where that is possible.

Many rules are `x.empty() or …`, and nearly always x is absent. An element is empty if the object has none of its keys.
It exists if the object has one of them with a value that is not null, because a structurally valid object holds nothing
empty. If the keys do not decide, the expression is evaluated.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Member, Tree
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields

Holds = Callable[[dict[str, Any]], bool]

_GIVES_NOTHING_FOR_NOTHING = frozenset({"where", "select", "first", "last", "tail", "ofType", "extension", "distinct"})


def shortcut(rule: str, type_: str) -> Holds | None:
    """Return a function that is True for objects of `type_` that certainly keep `rule`. None if its form is another."""
    absent: list[frozenset[str]] = []
    present: set[str] = set()
    for part in _alternatives(parse(rule)):
        if not isinstance(part, FunctionCall) or part.arguments:
            continue
        if part.name == "empty" and (keys := _keys(part.source, type_)):
            absent.append(keys)
        elif part.name == "exists" and isinstance(part.source, Member) and part.source.source is None:
            present |= _values(part.source.name, type_)
    if not absent and not present:
        return None
    there, without = frozenset(present), tuple(absent)

    def holds(value: dict[str, Any]) -> bool:
        keys = value.keys()
        if there and any(value[key] is not None for key in keys & there):
            return True
        for each in without:  # noqa: SIM110 - half the cost of any()
            if keys.isdisjoint(each):
                return True
        return False

    return holds


def _alternatives(tree: Tree) -> list[Tree]:
    if isinstance(tree, Binary) and tree.operator == "or":
        return [*_alternatives(tree.left), *_alternatives(tree.right)]
    return [tree]


def _keys(tree: Tree | None, type_: str) -> frozenset[str]:
    """Return the keys of which an object needs one for a path to find anything, () if that is unknown."""
    while isinstance(tree, FunctionCall | Indexer | Member) and tree.source is not None:
        if isinstance(tree, FunctionCall) and tree.name not in _GIVES_NOTHING_FOR_NOTHING:
            return frozenset()
        tree = tree.source
    if not isinstance(tree, Member):
        return frozenset()
    values = _values(tree.name, type_)
    return values | {"_" + key for key in values}


def _values(name: str, type_: str) -> frozenset[str]:
    return frozenset(field.key for field in fields(type_, name))
