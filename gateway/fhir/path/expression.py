"""The door to the engine: text in, a callable out."""

from functools import lru_cache
from typing import Any

from gateway.fhir.path.check import check
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.json_walk import Walk, walk_of
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.type_model import known
from gateway.fhir.path.values import UNREAD, Node, Nodes, node_of, outside


class Expression:
    """A compiled expression. Thread-safe; keeps nothing between evaluations.

    `yields`: the FHIR types that its results can have, told from the definitions; None where only the data can tell,
    or the type of the input was not said.

    `environment`: `resolve` is a function reference -> resource or None for resolve() (without it contained resources
    and Bundle entries are found); `type` is the FHIR type of an input that is not a resource; `_extra` is the object
    under `_name` beside a primitive input, whose value may then be None; any other name becomes a %variable: a JSON
    value, a pair (FHIR type, JSON value) as `typed` returns them, or a list of either.
    """

    __slots__ = ("_run", "_tree", "_walks", "text", "type", "yields")

    def __init__(self, text: str, type: str | None) -> None:  # noqa: A002
        self.text = text
        self.type = type
        tree = parse(text)
        self._run = compiled(tree)
        self._tree = tree
        self._walks: dict[str | None, Walk | None] = {}
        self.yields: frozenset[str] | None = None
        if type is not None:
            found = check(tree, type)
            self.yields = None if found is None else frozenset(outside((name, None, None))[0] for name in found)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __call__(
        self,
        resource: Any,
        /,
        *,
        type: str | None = None,  # noqa: A002
        **environment: Any,
    ) -> list[Any]:
        """The results as plain JSON values; primitives that have only extensions are left out."""
        if not environment and resource.__class__ is dict:
            named = resource.get("resourceType")
            from_ = named if named.__class__ is str else type or self.type
            try:
                walk = self._walks[from_]
            except KeyError:
                walk = self._first_walk(from_)
            if walk is not None:
                found = walk(resource)
                if len(found) == 1:  # mostly; a comprehension costs as much as the walk
                    return [found[0][1]]
                return [pair[1] for pair in found] if found else []
        nodes = self._nodes(resource, type or self.type, environment)
        return [node[1] for node in nodes if _is_result(node)] if nodes else []

    def typed(
        self,
        resource: Any,
        /,
        *,
        type: str | None = None,  # noqa: A002
        **environment: Any,
    ) -> list[tuple[str, Any]]:
        """The results as (FHIR type name, JSON value)."""
        if not environment and resource.__class__ is dict:
            named = resource.get("resourceType")
            from_ = named if named.__class__ is str else type or self.type
            try:
                walk = self._walks[from_]
            except KeyError:
                walk = self._first_walk(from_)
            if walk is not None:
                return walk(resource)
        nodes = self._nodes(resource, type or self.type, environment)
        return [outside(node) for node in nodes if _is_result(node)] if nodes else []

    def _first_walk(self, type_: str | None) -> Walk | None:
        """The straight way from a type of input, worked out when the first such input comes."""
        if type_ is None or not known(type_):
            return None
        walk = self._walks[type_] = walk_of(self._tree, type_)
        return walk

    def _nodes(self, resource: Any, type_: str | None, environment: dict[str, Any]) -> Nodes:
        scope = Scope(_root(resource, type_, environment.pop("_extra", None)))
        if environment:
            scope.resolve = environment.pop("resolve", None)
            scope.variables = {name: _variable(value) for name, value in environment.items()}
        return self._run(scope)


def _is_result(node: Node) -> bool:
    return node[1] is not None and node[1] is not UNREAD


def _root(value: Any, type_: str | None, extra: Any) -> Node:
    """A resource names its type itself; the type of an element is what the caller says."""
    if value.__class__ is dict and value.get("resourceType").__class__ is str:
        return (value["resourceType"], value, None)
    return node_of(value) if type_ is None else (type_, value, extra)


def _variable(value: Any) -> Nodes:
    items = value if isinstance(value, list) else [value]
    return [(*item, None) if isinstance(item, tuple) else node_of(item) for item in items if item is not None]


@lru_cache(maxsize=10_000)
def compile(expression: str, type: str | None = None) -> Expression:  # noqa: A001, A002
    """Compile FHIRPath; `type` is the FHIR type of the input, and makes unknown elements an error.

    Raises PathError (400) with the position when the text is not FHIRPath or cannot apply to `type`.
    """
    return Expression(expression, type)
