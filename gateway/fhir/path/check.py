"""Find errors of an expression without data, by inferring the types of its parts from the type of the input.

Where the definitions do not tell the type (a resource of any type, a %variable), everything is allowed.
https://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation
"""

from gateway.fhir.path import functions, suggestions
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.function import PathFunction, type_name
from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Literal, Member, Special, Tree, TypeTest, Unary
from gateway.fhir.path.type_model import convertible, fields, is_open, known, matching
from gateway.fhir.path.values import KINDS

Types = frozenset[str] | None  # None: unknown

_BOOLEAN: Types = frozenset(("System.Boolean",))
_BOOLEAN_OPERATORS = frozenset(
    ("=", "!=", "~", "!~", "<", "<=", ">", ">=", "in", "contains", "and", "or", "xor", "implies")
)


def check(tree: Tree, type_: str) -> Types:
    """Check `tree` against an input of `type_`, and return the types of its results, None if the data decide them.

    Raises PathError (semantic) if a name is not an element of the type before it, if a condition cannot be a Boolean,
    and if a result without an order is used in order.
    """
    if not known(type_):
        raise PathError(f"there is no type {type_}", phase="semantic")
    return _infer(tree, _opened(frozenset((type_,))))


def _opened(types: Types) -> Types:
    """Return None if one of the types is a resource of any type: it may have any element."""
    return None if types is None or any(is_open(type_) for type_ in types) else types


def _infer(tree: Tree, focus: Types) -> Types:
    match tree:
        case Literal(type=type_):
            return frozenset((type_,))
        case Special(name="$this"):
            return focus
        case Member():
            return _member(tree, focus)
        case FunctionCall():
            return _call(tree, focus)
        case Indexer():
            return _indexer(tree, focus)
        case Unary(operand=operand):
            return _infer(operand, focus)
        case Binary():
            return _binary(tree, focus)
        case TypeTest(operator=operator, operand=operand, type=name):
            types = _infer(operand, focus)
            return _BOOLEAN if operator == "is" else _narrowed(types, name)
        case _:
            return None


def _member(tree: Member, focus: Types) -> Types:
    if tree.source is None and tree.name[:1].isupper() and known(tree.name):
        return _start(tree, focus)
    types = focus if tree.source is None else _infer(tree.source, focus)
    if types is None:
        return None
    child_types = {field.type for type_ in types for field in fields(type_, tree.name)}
    if not child_types and types:
        text = f"{' | '.join(sorted(types))} has no element {tree.name}{suggestions.for_element(types, tree.name)}"
        raise PathError(text, phase="semantic", at=tree.at)
    return _opened(frozenset(child_types))


def _start(tree: Member, focus: Types) -> Types:
    """Infer a type name at the start of a path. `Encounter.status` is an error for a Patient."""
    allowed = matching(tree.name) or frozenset()
    if focus is None:
        return _opened(frozenset((tree.name,)))
    if not focus & allowed:
        raise PathError(f"the input is not of type {tree.name}", phase="semantic", at=tree.at)
    return focus & allowed


def _indexer(tree: Indexer, focus: Types) -> Types:
    _check_order(tree.source, tree.at)
    _infer(tree.index, focus)
    return _infer(tree.source, focus)


def _check_order(source: Tree | None, at: int) -> None:
    if isinstance(source, FunctionCall) and functions.FUNCTIONS[source.name].order == "undefined":
        raise PathError(f"the result of {source.name}() has no order", phase="semantic", at=at)


def _binary(tree: Binary, focus: Types) -> Types:
    left, right = _infer(tree.left, focus), _compared(tree.right, focus)
    if tree.operator in _BOOLEAN_OPERATORS:
        return _BOOLEAN
    if tree.operator == "|":
        return None if left is None or right is None else left | right
    return None


def _compared(tree: Tree, focus: Types) -> Types:
    """Infer a right operand. If it is an unknown element, it may be a text without the quotes of FHIRPath: say so."""
    try:
        return _infer(tree, focus)
    except PathError as error:
        if isinstance(tree, Member) and tree.source is None and ";" not in error.reason:
            text = f"{error.reason}; a text is written in single quotes: '{tree.name}'"
            raise PathError(text, phase="semantic", at=tree.at) from error
        raise


def _call(tree: FunctionCall, focus: Types) -> Types:
    function = functions.FUNCTIONS[tree.name]
    source = focus if tree.source is None else _infer(tree.source, focus)
    if function.order == "defined":
        _check_order(tree.source, tree.at)
    if function.focus == "type":
        name = type_name(tree.arguments[0]) if tree.arguments else ""
        return _narrowed(source, name) if function.gives == "type" else frozenset((function.gives,))
    arguments = [_infer(part, source if function.focus == "item" else focus) for part in tree.arguments]
    if function.condition and arguments:
        _check_condition(arguments[0], tree)
    return _result(function, source, arguments)


def _check_condition(types: Types, tree: FunctionCall) -> None:
    if types and all(KINDS.get(type_) not in ("Boolean", None) for type_ in types):
        raise PathError("a condition must be a Boolean", phase="semantic", at=tree.at)


def _result(function: PathFunction, source: Types, arguments: list[Types]) -> Types:
    """Return the types of a function's result, as its `gives` describes them."""
    if function.gives == "input":
        return source
    if function.gives == "argument":
        return arguments[-1]
    if function.gives == "branches":
        return None if None in arguments[1:] else frozenset[str]().union(*(part for part in arguments[1:] if part))
    if function.gives == "both":
        return None if source is None or arguments[0] is None else source | arguments[0]
    return _opened(frozenset((function.gives,))) if function.gives else None


def _narrowed(types: Types, name: str) -> Types:
    allowed = convertible(name)
    if allowed is None:
        return None
    bare = name.removeprefix("FHIR.")
    return (types or frozenset()) & allowed or frozenset((bare,)) if known(bare) else allowed
