"""Read the criteria of `where(…)`: which items are meant, and what a new item must hold to be one of them."""

from dataclasses import dataclass
from typing import Any

from gateway.fhir import r4
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.nodes import Binary, FunctionCall, Literal, Member, Special, Tree
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.type_model import fields
from gateway.mapping.values.lens import Unwritable

_VALUES = frozenset({"String", "Boolean", "Integer", "Decimal", "Date", "DateTime", "Time"})


@dataclass(frozen=True, slots=True)
class Criteria:
    """The items of an element that a step of a path means.

    tests: (FHIR type of an item, condition); all conditions must be true.
    url: the URL of the extension that is meant, if items are extensions.
    skeleton: the members that a new item needs to be one of those meant.
    """

    tests: tuple[tuple[str, Run], ...] = ()
    url: str | None = None
    skeleton: tuple[tuple[str, Any], ...] = ()

    def matches(self, raw: Any, beside: Any) -> bool:
        """Return whether an item meets the criteria; `beside` is the object beside a primitive item."""
        if self.url is not None and (not isinstance(raw, dict) or raw.get("url") != self.url):
            return False
        return all(_holds(run, type_, raw, beside) for type_, run in self.tests)

    def new(self) -> dict[str, Any]:
        """Return an item that meets the criteria and holds nothing else."""
        return {key: _copied(value) for key, value in self.skeleton}

    def combined_with(self, other: "Criteria") -> "Criteria":
        """Return the criteria that are met by items that meet both. Raises Unwritable if no new item can."""
        joined = _joined(dict(self.skeleton), dict(other.skeleton))
        both = Criteria((*self.tests, *other.tests), self.url or other.url, tuple(joined.items()))
        if not both.matches(both.new(), None):
            raise Unwritable("its conditions contradict each other, so no new item can meet them")
        return both


ANY = Criteria()


def criteria_of_url(url: str) -> Criteria:
    """Return the criteria of `extension(url)`."""
    return Criteria(url=url, skeleton=(("url", url),))


def criteria(condition: Tree, type_: str) -> Criteria:
    """Return the criteria of `where(condition)` on items of the FHIR type.

    Raises Unwritable unless equalities joined by `and` say what a new item must hold. Conditions that an absent element
    meets (`period.end.empty()`) may stand among them.
    """
    item: dict[str, Any] = {}
    _grow(item, condition, type_)
    item_criteria = Criteria(((type_, compiled(condition)),), skeleton=tuple(item.items()))
    if not item_criteria.matches(item_criteria.new(), None):
        raise Unwritable("its condition does not say what a new item must hold: write equalities joined by `and`")
    return item_criteria


def _holds(run: Run, type_: str, raw: Any, beside: Any) -> bool:
    if raw.__class__ is not dict and r4.types()[type_].kind != "primitive":
        return False  # null, or a text in place of an object
    try:
        nodes = run(Scope((type_, raw, beside)))
    except PathError:
        return False
    return len(nodes) == 1 and nodes[0][1] is True


def _grow(item: dict[str, Any], tree: Tree, type_: str) -> None:
    """Add to `item` what makes `tree` true, if that is certain. `criteria` then tests whether it was enough."""
    match tree:
        case Binary(operator="and", left=left, right=right):
            _grow(item, left, type_)
            _grow(item, right, type_)
        case Binary(operator="=" | "contains", left=path, right=Literal() as value):
            _set(item, path, type_, _raw(value))
        case Binary(operator="=" | "in", left=Literal() as value, right=path):
            _set(item, path, type_, _raw(value))
        case FunctionCall(name="exists", source=path, arguments=(condition,)) if path is not None:
            below: dict[str, Any] = {}
            _grow(below, condition, _type_of(path, type_))
            _set(item, path, type_, below)
        case FunctionCall(
            name="exists", source=FunctionCall(name="where", source=path, arguments=(condition,)), arguments=()
        ):
            _grow(item, FunctionCall(path, "exists", (condition,), tree.at), type_)
        case Member() if _type_of(tree, type_) == "boolean":
            _set(item, tree, type_, True)
        case _:
            return


def _raw(literal: Literal) -> Any:
    if literal.type.removeprefix("System.") not in _VALUES:
        raise Unwritable("compares with a quantity: only single values can be written")
    return literal.value


def _type_of(path: Tree, type_: str) -> str:
    for name in _names(path):
        keys = fields(type_, name)
        if len(keys) != 1:
            raise Unwritable(f"{name} in a condition is not of one type")
        type_ = keys[0].type
    return type_


def _set(item: dict[str, Any], path: Tree, type_: str, value: Any) -> None:
    """Put `value` at the end of a path of element names, reusing the objects on the way that are there already."""
    names = _names(path)
    for name in names[:-1]:
        key, many, type_ = _element(type_, name)
        inner = item.setdefault(key, [{}] if many else {})
        item = inner[0] if many else inner
    key, many, _ = _element(type_, names[-1])
    if many and isinstance(value, dict) and isinstance(item.get(key), list) and isinstance(item[key][0], dict):
        item[key][0].update(value)
    else:
        item[key] = [value] if many else value


def _names(path: Tree) -> list[str]:
    match path:
        case Member(source=None, name=name):
            return [name]
        case Member(source=Special(name="$this"), name=name):
            return [name]
        case Member(source=source, name=name) if source is not None:
            return [*_names(source), name]
    raise Unwritable("a condition must compare an element with a value")


def _element(type_: str, name: str) -> tuple[str, bool, str]:
    """Return (JSON key, whether it repeats, type) of an element. Raises Unwritable for a choice of several types."""
    keys = fields(type_, name)
    if len(keys) != 1:
        raise Unwritable(f"{name} in a condition is not of one type")
    return keys[0].key, r4.types()[type_].elements[name].many, keys[0].type


def _joined(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    joined = dict(left)
    for key, value in right.items():
        mine = joined.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            joined[key] = _joined(mine, value)
        elif isinstance(mine, list) and isinstance(value, list) and isinstance(mine[0], dict):
            joined[key] = [_joined(mine[0], value[0]), *mine[1:]]
        else:
            joined[key] = value
    return joined


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
