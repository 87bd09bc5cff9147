"""The door to the engine: text in, a callable out."""

from functools import lru_cache
from typing import Any

from gateway.fhir.path.check import check
from gateway.fhir.path.compiler import compiled
from gateway.fhir.path.parser import parse
from gateway.fhir.path.scope import Scope
from gateway.fhir.path.values import UNREAD, Node, Nodes, node_of, outside


class Expression:
    """A compiled expression. Thread-safe; keeps nothing between evaluations.

    `environment`: `resolve` is a function reference -> resource or None for resolve() (without it contained resources
    and Bundle entries are found); `type` the FHIR type of the input where it is no resource; any other name becomes
    a %variable: a JSON value, a pair (FHIR type, JSON value) as `typed` returns them, or a list of either.
    """

    __slots__ = ("_run", "text", "type")

    def __init__(self, text: str, type: str | None) -> None:  # noqa: A002
        self.text = text
        self.type = type
        tree = parse(text)
        self._run = compiled(tree)
        if type is not None:
            check(tree, type)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __call__(self, resource: Any, /, **environment: Any) -> list[Any]:
        """The results as plain JSON values; primitives that have only extensions are left out."""
        nodes = self._nodes(resource, environment)
        return [node[1] for node in nodes if _is_result(node)] if nodes else []

    def typed(self, resource: Any, /, **environment: Any) -> list[tuple[str, Any]]:
        """The results as (FHIR type name, JSON value)."""
        nodes = self._nodes(resource, environment)
        return [outside(node) for node in nodes if _is_result(node)] if nodes else []

    def _nodes(self, resource: Any, environment: dict[str, Any]) -> Nodes:
        if not environment:
            return self._run(Scope(_root(resource, self.type)))
        scope = Scope(_root(resource, environment.pop("type", self.type)))
        scope.resolve = environment.pop("resolve", None)
        scope.variables = {name: _variable(value) for name, value in environment.items()}
        return self._run(scope)


def _is_result(node: Node) -> bool:
    return node[1] is not None and node[1] is not UNREAD


def _root(value: Any, type_: str | None) -> Node:
    """A resource names its type itself; the type of an element is what the caller says."""
    if value.__class__ is dict and value.get("resourceType").__class__ is str:
        return (value["resourceType"], value, None)
    return node_of(value) if type_ is None else (type_, value, None)


def _variable(value: Any) -> Nodes:
    items = value if isinstance(value, list) else [value]
    return [(*item, None) if isinstance(item, tuple) else node_of(item) for item in items if item is not None]


@lru_cache(maxsize=10_000)
def compile(expression: str, type: str | None = None) -> Expression:  # noqa: A001, A002
    """Compile FHIRPath; `type` is the FHIR type of the input, and makes unknown elements an error.

    Raises PathError (400) with the position when the text is not FHIRPath or cannot apply to `type`.
    """
    return Expression(expression, type)
