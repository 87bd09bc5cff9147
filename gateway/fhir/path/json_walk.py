"""Paths that only lead down into JSON, walked straight on it: no nodes, no scope, no collection per step.

Nearly all expressions of search parameters and mappings are such: `Observation.code`, `(value as Quantity)`, unions of
them, `subject.where(resolve() is Patient)`. From the type of the input follow all types on the way, by the definitions;
what is left at evaluation is to look up keys. Everything else, and what only the JSON can tell (children of
`_birthDate`, elements of a resource of any type), is for the closures of `compiler`; the results are the same.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.fhir.path.equality import distinct
from gateway.fhir.path.function import type_name
from gateway.fhir.path.nodes import Binary, FunctionCall, Literal, Member, Special, Tree, TypeTest
from gateway.fhir.path.references import resolved
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.type_model import JsonField, convertible, fields, known, matching
from gateway.fhir.path.values import KINDS

Pair = tuple[str, Any]
Walk = Callable[[dict[str, Any]], list[Pair]]
Types = frozenset[str]


class PathStep(NamedTuple):
    """`only`: the types that are looked for (`value as Quantity`); `kept`: those that count of what is found
    (`value.ofType(Quantity)`). `url`: that of the extensions that count."""

    name: str
    only: Types | None = None
    kept: Types | None = None
    url: str | None = None


def walk_of(tree: Tree, type_: str) -> Walk | None:
    """The walk that gives what `tree` gives of a JSON object of `type_`; None where there is no straight one."""
    match tree:
        case Binary(operator="|"):
            return _union(_parts(tree), type_)
        case FunctionCall(
            name="where", source=source, arguments=(TypeTest("is", FunctionCall(None, "resolve"), name),)
        ):
            steps = _steps(source, type_)
            return _referring(_down(type_, steps), type_, matching(name)) if steps else None
    steps = _steps(tree, type_)
    return None if steps is None else _down(type_, steps) if steps else _self(type_)


def _parts(tree: Tree) -> list[Tree]:
    """`a | b | c` groups from the left, and what is distinct stays so."""
    if isinstance(tree, Binary) and tree.operator == "|":
        return [*_parts(tree.left), tree.right]
    return [tree]


def _steps(tree: Tree | None, type_: str) -> tuple[PathStep, ...] | None:
    match tree:
        case None | Special(name="$this"):
            return ()
        case Member(source=None, name=name) if name[:1].isupper() and known(name):
            return () if type_ in (matching(name) or ()) else None
        case Member(source=source, name=name):
            steps = _steps(source, type_)
            return None if steps is None else (*steps, PathStep(name))
        case TypeTest(operator="as", operand=operand, type=name):
            return _cast(_steps(operand, type_), name, narrow=isinstance(operand, Member))
        case FunctionCall(name="ofType", source=source, arguments=(wanted,)):
            return _cast(_steps(source, type_), type_name(wanted), narrow=False)
        case FunctionCall(name="extension", source=source, arguments=(Literal(type="System.String", value=url),)):
            steps = _steps(source, type_)
            return None if steps is None else (*steps, PathStep("extension", url=url))
    return None


def _cast(steps: tuple[PathStep, ...] | None, name: str, *, narrow: bool) -> tuple[PathStep, ...] | None:
    """Of a choice, `as` reads nothing but the type; ofType() wants that what there is be of the type."""
    wanted = convertible(name)
    if not steps or wanted is None:
        return None
    last = steps[-1]
    kept = wanted if last.kept is None else last.kept & wanted
    return (*steps[:-1], last._replace(kept=kept, only=wanted if narrow else last.only))


# --- Walks ------------------------------------------------------------------------------------------------------------


def _self(type_: str) -> Walk:
    return lambda json: [(type_, json)]


def _union(trees: list[Tree], type_: str) -> Walk | None:
    walks = [walk for tree in trees if (walk := walk_of(tree, type_))]
    if len(walks) != len(trees):
        return None
    first, *others = walks

    def union(json: dict[str, Any]) -> list[Pair]:
        found = first(json)
        for walk in others:
            found += walk(json)
        return distinct(found)

    return union


def _referring(source: Walk | None, type_: str, allowed: Types | None) -> Walk | None:
    """`where(resolve() is Patient)`"""
    if source is None or allowed is None:
        return None

    def walk(json: dict[str, Any]) -> list[Pair]:
        found = source(json)
        if not found:
            return found
        scope = Scope((type_, json, None))
        targets = [(pair, resolved(scope, (*pair, None))) for pair in found]
        return [pair for pair, target in targets if target is not None and target[0] in allowed]

    return walk


@lru_cache(maxsize=10_000)
def _down(type_: str, steps: tuple[PathStep, ...]) -> Walk | None:
    """The walk along `steps` from an object of `type_`. Cached, for the types of a choice lead to the same places."""
    step, rest = steps[0], steps[1:]
    found = fields(type_, step.name)
    if step.only is not None and len(found) > 1:
        found = tuple(field for field in found if field.type in step.only)
    elif not found and (type_ == "Element" or not known(type_)):
        return None
    if found and KINDS.get(type_, "Quantity") != "Quantity":
        return None
    walks = {field.key: _one(field, step, rest) for field in found}
    certain = {key: walk for key, walk in walks.items() if walk is not None}
    if len(certain) < len(walks):
        return None
    return next(iter(certain.values())) if len(certain) == 1 else _choice(certain)


def _one(field: JsonField, step: PathStep, rest: tuple[PathStep, ...]) -> Walk | None:
    """From an object to what stands under one key, and on from there."""
    if field.resource:
        return None if rest or step.kept is not None else _resource(field.key, field.type)
    if step.kept is not None and field.type not in step.kept:
        return _nowhere
    if rest:
        below = _down(field.type, rest)
        return below if below is None or below is _nowhere else _on(field.key, step.url, below)
    if step.url is not None:
        return _extension(field.type, step.url)
    return _primitive(field) if field.primitive else _complex(field.key, field.type)


def _nowhere(json: dict[str, Any]) -> list[Pair]:
    return []


def _choice(walks: dict[str, Walk]) -> Walk:
    """Only one may be there; where there are more, the first in the order of the JSON counts."""
    keys = frozenset(walks)
    if all(walk is _nowhere for walk in walks.values()):
        return _nowhere

    def choice(json: dict[str, Any]) -> list[Pair]:
        present = json.keys() & keys
        if not present:
            return []
        key = present.pop() if len(present) == 1 else next(key for key in json if key in present)
        return walks[key](json)

    return choice


def _on(key: str, url: str | None, below: Walk) -> Walk:
    def on(json: dict[str, Any]) -> list[Pair]:
        value = json.get(key)
        if value is None:
            return []
        found: list[Pair] = []
        for item in value if value.__class__ is list else (value,):
            if item.__class__ is dict and (url is None or item.get("url") == url):
                found += below(item)
        return found

    return on


def _complex(key: str, type_: str) -> Walk:
    def complex_(json: dict[str, Any]) -> list[Pair]:
        value = json.get(key)
        if value.__class__ is dict:
            return [(type_, value)]
        found: list[Pair] = []
        if value.__class__ is list:
            for item in value:
                if item.__class__ is dict:
                    found.append((type_, item))
        return found

    return complex_


def _extension(type_: str, url: str) -> Walk:
    find = _complex("extension", type_)
    return lambda json: [pair for pair in find(json) if pair[1].get("url") == url]


def _resource(key: str, type_: str) -> Walk:
    find = _complex(key, type_)

    def walk(json: dict[str, Any]) -> list[Pair]:
        named = [(item.get("resourceType"), item) for _, item in find(json)]
        return [(name if isinstance(name, str) else type_, item) for name, item in named]

    return walk


def _primitive(field: JsonField) -> Walk:
    key, type_, shapes = field.key, field.type, field.shapes
    plain = shapes[0]

    def walk(json: dict[str, Any]) -> list[Pair]:
        value = json.get(key)
        cls = value.__class__
        if cls is plain:
            return [(type_, value)]
        if value.__class__ is list:
            return [(type_, _exact(item)) for item in value if item.__class__ in shapes]
        return [(type_, _exact(value))] if cls in shapes else []

    return walk


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if value.__class__ is float else value
