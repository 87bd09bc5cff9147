"""Compile a tree to closures: each node of the tree becomes a function from a scope to a collection."""

from collections.abc import Callable
from decimal import DecimalException

from gateway.fhir.path import functions, operators, suggestions, type_model, variables
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import Argument, PathFunction
from gateway.fhir.path.navigation import ChildReader, reader
from gateway.fhir.path.nodes import (
    Binary,
    Empty,
    FunctionCall,
    Indexer,
    Literal,
    Member,
    Special,
    Tree,
    TypeTest,
    Unary,
    Variable,
    children,
)
from gateway.fhir.path.scope import Run, Scope
from gateway.fhir.path.values import Nodes, whole


def compiled(tree: Tree) -> Run:
    """Compile a tree. Raises PathError for unknown functions and types, and for a wrong number of arguments."""
    return _COMPILERS[tree.__class__](tree)


def _this(scope: Scope) -> Nodes:
    return scope.this


def _source(tree: Tree | None) -> Run:
    return _this if tree is None else compiled(tree)


def _isolated(tree: Tree) -> Run:
    """Compile a part of an expression. The variables that it defines are gone after it."""
    run = compiled(tree)
    if not _defines(tree):
        return run

    def isolated(scope: Scope) -> Nodes:
        before = scope.variables
        try:
            return run(scope)
        finally:
            scope.variables = before

    return isolated


def _defines(tree: Tree) -> bool:
    return (isinstance(tree, FunctionCall) and tree.name == "defineVariable") or any(
        _defines(part) for part in children(tree)
    )


def _literal(tree: Literal) -> Run:
    nodes: Nodes = [(tree.type, tree.value, None)]
    operators.check_literal(tree)
    return lambda scope: nodes


def _empty(tree: Empty) -> Run:
    return lambda scope: []


def _variable(tree: Variable) -> Run:
    return variables.read(tree)


def _total(scope: Scope) -> Nodes:
    scope.spend(len(scope.total))
    return scope.total


def _special(tree: Special) -> Run:
    if tree.name == "$this":
        return _this
    if tree.name == "$total":
        return _total
    return lambda scope: [] if scope.index is None else [("System.Integer", scope.index, None)]


def _member(tree: Member, only: frozenset[str] | None = None) -> Run:
    if tree.source is None and tree.name[:1].isupper() and type_model.known(tree.name):
        return _root(type_model.matching(tree.name) or frozenset())
    if isinstance(tree.source, Member) and tree.source.source is None and type_model.known(tree.source.name):
        return _first_step(type_model.matching(tree.source.name) or frozenset(), compiled(tree.source), tree.name, only)
    return step(_source(tree.source), tree.name, only)


def _root(allowed: frozenset[str]) -> Run:
    """Compile a type name at the start of a path. It keeps those items of the focus that are of the type."""

    def run(scope: Scope) -> Nodes:
        this = scope.this
        if len(this) == 1:
            return this if this[0][0] in allowed else []
        return [node for node in this if node[0] in allowed]

    return run


def _first_step(allowed: frozenset[str], source: Run, name: str, only: frozenset[str] | None) -> Run:
    """Compile `Observation.code`. Nearly every search parameter starts so: one resource makes no list in between."""
    readers = {type_: reader(type_, name, only) for type_ in allowed} if len(allowed) == 1 else {}
    general = step(source, name, only)

    def run(scope: Scope) -> Nodes:
        this = scope.this
        read = readers.get(this[0][0]) if len(this) == 1 else None
        if read is None:
            return general(scope)
        out: Nodes = []
        read(this[0], out)
        return out

    return run


def step(source: Run, name: str, only: frozenset[str] | None) -> Run:
    """Compile `source.name`. The closure keeps the reader of each node type; `only` limits a choice to these types."""
    readers: dict[str, ChildReader] = {}

    def run(scope: Scope) -> Nodes:
        out: Nodes = []
        for node in source(scope):
            read = readers.get(node[0])
            if read is None:
                read = readers[node[0]] = reader(node[0], name, only)
            read(node, out)
        scope.spend(len(out))
        return out

    return run


def _call(tree: FunctionCall) -> Run:
    function = functions.FUNCTIONS.get(tree.name)
    if function is None:
        text = f"there is no function {tree.name}(){suggestions.for_function(tree.name)}"
        raise PathError(text, phase="semantic", at=tree.at)
    if not function.least <= len(tree.arguments) <= function.most:
        raise PathError(_wrong_count(tree, function), phase="semantic", at=tree.at)
    arguments = [Argument(part, _isolated(_without_order(part, tree)), compiled) for part in tree.arguments]
    return _placed(function.make(_source(tree.source), *arguments), tree)


def _wrong_count(tree: FunctionCall, function: PathFunction) -> str:
    least, most = function.least, function.most
    count = str(least) if least == most else f"{least} to {most}"
    return f"{tree.name}() takes {count} argument{'' if count == '1' else 's'}, not {len(tree.arguments)}"


def _without_order(part: Tree, call: FunctionCall) -> Tree:
    """Remove `asc` or `desc` from an argument of sort(), which reads them from the tree itself."""
    if isinstance(part, Unary) and part.operator in ("asc", "desc"):
        if call.name != "sort":
            raise PathError(f"{part.operator} is only allowed in sort()", phase="syntax", at=part.at)
        return part.operand
    return part


def _placed(run: Run, tree: Tree) -> Run:
    """Wrap a closure: add its position in the text to errors, and spend the cost of its result."""
    at = tree.at

    def placed(scope: Scope) -> Nodes:
        try:
            nodes = run(scope)
            scope.spend_on(nodes)
            return nodes
        except (DecimalException, OverflowError):
            return []  # an overflow is empty: https://hl7.org/fhirpath/N1/#math
        except PathError as error:
            if error.at >= 0:
                raise
            raise PathError(error.reason, phase=error.phase, at=at) from None

    return placed


def _indexer(tree: Indexer) -> Run:
    source, index = compiled(tree.source), _isolated(tree.index)

    def run(scope: Scope) -> Nodes:
        nodes = source(scope)
        place = whole(index(scope))
        return nodes[place : place + 1] if place is not None and place >= 0 else []

    return _placed(run, tree)


def _unary(tree: Unary) -> Run:
    operand = _isolated(tree.operand)
    sign = operators.UNARY[tree.operator]
    return _placed(lambda scope: sign(operand(scope)), tree)


def _binary(tree: Binary) -> Run:
    left, right = _isolated(tree.left), _isolated(tree.right)
    lazy = operators.LAZY.get(tree.operator)
    if lazy is not None:
        return _placed(lazy(left, right), tree)
    if (wide := operators.WIDE.get(tree.operator)) is not None:
        return _placed(lambda scope: wide(scope, left(scope), right(scope)), tree)
    apply = operators.BINARY[tree.operator]
    return _placed(lambda scope: apply(left(scope), right(scope)), tree)


def _type_test(tree: TypeTest) -> Run:
    """Compile `is` and `as`. `value as Quantity` reads nothing but `valueQuantity`."""
    only = type_model.convertible(tree.type) if tree.operator == "as" else None
    operand = _member(tree.operand, only) if isinstance(tree.operand, Member) else compiled(tree.operand)
    return _placed(operators.TYPES[tree.operator](operand, tree.type, tree.at), tree)


_COMPILERS: dict[type, Callable[..., Run]] = {
    Literal: _literal,
    Empty: _empty,
    Variable: _variable,
    Special: _special,
    Member: _member,
    FunctionCall: _call,
    Indexer: _indexer,
    Unary: _unary,
    Binary: _binary,
    TypeTest: _type_test,
}
