"""Compile a FHIRPath expression to a callable object. This is the entrance to the engine."""

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
    """A compiled expression. It is thread-safe and keeps nothing between evaluations.

    text: the expression as written.
    type: the FHIR type of the input, None if it was not stated.
    yields: the FHIR types that the results can have by the definitions. None if only the data can tell, or `type` is
        None.

    Keyword arguments of a call, all optional:

    type: the FHIR type of an input that is not a resource.
    resolve: a function from a reference to a resource or None. resolve() calls it for references that are not to a
        contained resource, before it looks among the entries of the Bundle.
    _extra: the object under `_name` beside a primitive input, whose value may then be None.
    Any other name becomes a %variable. Its value is a JSON value, a pair (FHIR type, JSON value) as `typed` returns it,
    or a list of either.
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
            types = check(tree, type)
            self.yields = None if types is None else frozenset(outside((name, None, None))[0] for name in types)

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
        """Evaluate, and return the results as JSON values. Primitives without a value are left out."""
        if not environment and resource.__class__ is dict:
            type_name = resource.get("resourceType")
            input_type = type_name if type_name.__class__ is str else type or self.type
            try:
                walk = self._walks[input_type]
            except KeyError:
                walk = self._first_walk(input_type)
            if walk is not None:
                pairs = walk(resource)
                if len(pairs) == 1:  # the usual case; a comprehension would cost as much as the walk
                    return [pairs[0][1]]
                return [pair[1] for pair in pairs] if pairs else []
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
        """Evaluate, and return the results as pairs (FHIR type, JSON value)."""
        if not environment and resource.__class__ is dict:
            type_name = resource.get("resourceType")
            input_type = type_name if type_name.__class__ is str else type or self.type
            try:
                walk = self._walks[input_type]
            except KeyError:
                walk = self._first_walk(input_type)
            if walk is not None:
                return walk(resource)
        nodes = self._nodes(resource, type or self.type, environment)
        return [outside(node) for node in nodes if _is_result(node)] if nodes else []

    def _first_walk(self, type_: str | None) -> Walk | None:
        """Make the walk for a type of input when the first such input comes. None if only closures can evaluate it."""
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
    """Return the input as a node. A resource states its type itself, the type of another element is `type_`."""
    if value.__class__ is dict and value.get("resourceType").__class__ is str:
        return (value["resourceType"], value, None)
    return node_of(value) if type_ is None else (type_, value, extra)


def _variable(value: Any) -> Nodes:
    items = value if isinstance(value, list) else [value]
    return [(*item, None) if isinstance(item, tuple) else node_of(item) for item in items if item is not None]


@lru_cache(maxsize=10_000)
def compile(expression: str, type: str | None = None) -> Expression:  # noqa: A001, A002
    """Compile FHIRPath for an input of the FHIR type `type`. Without a type, unknown elements are not refused.

    Raises PathError with the position in the text if it is not FHIRPath or cannot apply to `type`.
    """
    return Expression(expression, type)
