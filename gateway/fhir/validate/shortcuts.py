"""Rules that hold at sight: many say `x.empty() or …`, and nearly always x is not there, as a look at the keys tells.

An element is empty if none of its keys stands in the object, and exists if one does, its value not null: an object that
is structurally sound holds nothing empty. What the keys do not tell is for the expression to decide.
"""

from collections.abc import Callable
from typing import Any

from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Member, Tree
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import fields

Holds = Callable[[dict[str, Any]], bool]

_GIVES_NOTHING_FOR_NOTHING = frozenset({"where", "select", "first", "last", "tail", "ofType", "extension", "distinct"})


def shortcut(rule: str, type_: str) -> Holds | None:
    """Whether an object of `type_` surely keeps the `rule`; None for rules of another form."""
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
    """The keys without which a path finds nothing; none if that cannot be said."""
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
