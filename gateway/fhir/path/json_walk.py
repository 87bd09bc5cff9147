"""Evaluate paths that only lead down into JSON, without nodes, scopes and a collection per step.

Nearly all expressions of search parameters and mappings are such paths: `Observation.code`, `(value as Quantity)`,
unions of them, `subject.where(resolve() is Patient)`. The types of all elements on the way follow from the type of the
input, so the evaluation only looks up keys. It takes less than half the time (docs/explanation/decisions/fhirpath.md).

All other expressions are left to the closures of `compiler`, also those for which the JSON must tell the type:
children of `_birthDate`, and elements of a resource of any type. The results of both ways are the same.
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
    """One step down, to the child elements `name`.

    only: the types of a choice that are read (`value as Quantity`), None for all.
    kept: the types that remain after reading (`value.ofType(Quantity)`), None for all.
    url: the url of the extensions that remain, None for all.
    """

    name: str
    only: Types | None = None
    kept: Types | None = None
    url: str | None = None


def walk_of(tree: Tree, type_: str) -> Walk | None:
    """Return a function that evaluates `tree` on a JSON object of the FHIR type `type_`, None if it takes closures."""
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
    """Return a, b and c of `a | b | c`. It groups from the left: one `distinct` at the end gives the same result."""
    if isinstance(tree, Binary) and tree.operator == "|":
        return [*_parts(tree.left), tree.right]
    return [tree]


def _steps(tree: Tree | None, type_: str) -> tuple[PathStep, ...] | None:
    """Return the steps of a path, () for the input itself, None for a tree that is not a path."""
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
        case FunctionCall(name="ofType", source=source, arguments=(type_argument,)):
            return _cast(_steps(source, type_), type_name(type_argument), narrow=False)
        case FunctionCall(name="extension", source=source, arguments=(Literal(type="System.String", value=url),)):
            steps = _steps(source, type_)
            return None if steps is None else (*steps, PathStep("extension", url=url))
    return None


def _cast(steps: tuple[PathStep, ...] | None, name: str, *, narrow: bool) -> tuple[PathStep, ...] | None:
    """Limit the last step to a type.

    With `narrow`, only this type of a choice is read. Otherwise any type is read, and then dropped if it is another.
    The two differ for JSON that has several types of one choice: `as` finds its type among them, ofType() reads the
    first alone.
    """
    types = convertible(name)
    if not steps or types is None:
        return None
    last = steps[-1]
    kept = types if last.kept is None else last.kept & types
    return (*steps[:-1], last._replace(kept=kept, only=types if narrow else last.only))


# --- Walks ------------------------------------------------------------------------------------------------------------


def _self(type_: str) -> Walk:
    return lambda json: [(type_, json)]


def _union(trees: list[Tree], type_: str) -> Walk | None:
    walks = [walk for tree in trees if (walk := walk_of(tree, type_))]
    if len(walks) != len(trees):
        return None
    first, *others = walks

    def union(json: dict[str, Any]) -> list[Pair]:
        pairs = first(json)
        for walk in others:
            pairs += walk(json)
        return distinct(pairs)

    return union


def _referring(source: Walk | None, type_: str, allowed: Types | None) -> Walk | None:
    """Return the walk of `where(resolve() is Patient)`: the references of `source` to a type in `allowed`."""
    if source is None or allowed is None:
        return None

    def walk(json: dict[str, Any]) -> list[Pair]:
        pairs = source(json)
        if not pairs:
            return pairs
        scope = Scope((type_, json, None))
        targets = [(pair, resolved(scope, (*pair, None))) for pair in pairs]
        return [pair for pair, target in targets if target is not None and target[0] in allowed]

    return walk


@lru_cache(maxsize=10_000)
def _down(type_: str, steps: tuple[PathStep, ...]) -> Walk | None:
    """Return the walk along `steps` from an object of `type_`. Cached, because the types of a choice share walks."""
    step, rest = steps[0], steps[1:]
    places = fields(type_, step.name)
    if step.only is not None and len(places) > 1:
        places = tuple(field for field in places if field.type in step.only)
    elif not places and (type_ == "Element" or not known(type_)):
        return None
    if places and KINDS.get(type_, "Quantity") != "Quantity":
        return None  # a child of a primitive stands beside it, in `_name`
    walks = {field.key: _from_field(field, step, rest) for field in places}
    certain = {key: walk for key, walk in walks.items() if walk is not None}
    if len(certain) < len(walks):
        return None
    return next(iter(certain.values())) if len(certain) == 1 else _choice(certain)


def _from_field(field: JsonField, step: PathStep, rest: tuple[PathStep, ...]) -> Walk | None:
    """Return the walk from an object to the values under one key, and from there along the rest of the steps."""
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
    """Return the walk to an element with several JSON names. Only one may be present; of more, the first counts."""
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
        pairs: list[Pair] = []
        for item in value if value.__class__ is list else (value,):
            if item.__class__ is dict and (url is None or item.get("url") == url):
                pairs += below(item)
        return pairs

    return on


def _complex(key: str, type_: str) -> Walk:
    def complex_(json: dict[str, Any]) -> list[Pair]:
        value = json.get(key)
        if value.__class__ is dict:
            return [(type_, value)]
        pairs: list[Pair] = []
        if value.__class__ is list:
            for item in value:
                if item.__class__ is dict:
                    pairs.append((type_, item))
        return pairs

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
