"""Work out from the R4 definitions alone what a path yields: types, repetition, bindings, parts that yield nothing."""

from collections.abc import Iterator
from typing import Literal as OneOf

from gateway.fhir import r4
from gateway.fhir.path import PathError
from gateway.fhir.path.check import check
from gateway.fhir.path.function import type_name
from gateway.fhir.path.nodes import Binary, FunctionCall, Indexer, Literal, Member, Tree, TypeTest, children
from gateway.fhir.path.type_model import convertible

Types = frozenset[str]
Many = OneOf["one", "many", "chosen"]
"""`chosen`: those of several that meet a condition; it may well be one."""

_NARROWING = frozenset({"first", "last", "single"})
_KEEPING = frozenset({"ofType", "as", "resolve", "distinct", "trace", "tail", "skip", "take"})


def types(tree: Tree | None, focus: Types) -> Types:
    """Return the types that `tree` yields on elements of the types `focus`; empty if that cannot be told."""
    if tree is None:
        return focus
    found: set[str] = set()
    for type_ in focus:
        try:
            found |= check(tree, type_) or set()
        except PathError:
            continue
    return frozenset(found)


def elements(tree: Member, focus: Types) -> list[r4.Element]:
    """Return the definitions of the last element of a path, one per type that has it."""
    tables = (r4.types()[type_].elements for type_ in types(tree.source, focus) if type_ in r4.types())
    return [table[tree.name] for table in tables if tree.name in table]


def multiplicity(tree: Tree | None, focus: Types) -> Many | None:
    """Return how many values a path finds in one element, None if that cannot be told."""
    match tree:
        case None | Indexer():
            return "one"
        case Member(source=source):
            own = [element.many for element in elements(tree, focus)]
            before = multiplicity(source, focus)
            return None if before is None or not own else "many" if any(own) else before
        case FunctionCall(name="where", source=source):
            before = multiplicity(source, focus)
            return "chosen" if before == "many" else before
        case FunctionCall(name=name, source=source):
            if name in _NARROWING:
                return "one"
            return multiplicity(source, focus) if name in _KEEPING else None
        case TypeTest(operator="as", operand=operand):
            return multiplicity(operand, focus)
        case _:
            return None


def required(tree: Tree | None, focus: Types, inherited: str | None = None) -> str | None:
    """Return the value set that the codes at the path must be from (required binding), None if there is none."""
    match tree:
        case None:
            return inherited
        case Member(name=name, source=source):
            own = {element.required for element in elements(tree, focus)} - {None}
            if own:
                return own.pop() if len(own) == 1 else None
            within = name in ("coding", "code") and types(source, focus) <= {"CodeableConcept", "Coding"}
            return required(source, focus, inherited) if within else None
        case FunctionCall(name=name, source=source) if name in _KEEPING | _NARROWING | {"where"}:
            return required(source, focus, inherited)
        case Indexer(source=source) | TypeTest(operator="as", operand=source):
            return required(source, focus, inherited)
        case _:
            return None


def codes(value_set: str | None) -> frozenset[str]:
    """Return the codes of a value set, from all its systems; empty if the definitions do not list them."""
    systems = r4.codes().get(value_set) if value_set else None
    return frozenset().union(*systems.values()) if systems else frozenset()


def dead(tree: Tree, focus: Types, inherited: str | None = None) -> Iterator[str]:
    """Yield the reasons why parts of a path can never yield anything."""
    match tree:
        case FunctionCall(name="ofType" | "as", source=source, arguments=(named,)):
            yield from _never(types(source, focus), type_name(named))
        case TypeTest(operand=operand, type=name):
            yield from _never(types(operand, focus), name)
        case Binary(operator="=" | "~" | "in", left=left, right=right):
            yield from _unknown_code(left, right, focus, inherited)
    for part in children(tree):
        if isinstance(tree, FunctionCall) and part in tree.arguments:
            if tree.name not in ("ofType", "as", "is"):
                yield from dead(part, types(tree.source, focus), required(tree.source, focus, inherited))
        else:
            yield from dead(part, focus, inherited)


def _never(found: Types, name: str) -> Iterator[str]:
    allowed = convertible(name)
    if found and allowed is not None and not found & allowed:
        yield f"can never be {name}, only {', '.join(sorted(found))}"


def _unknown_code(left: Tree, right: Tree, focus: Types, inherited: str | None) -> Iterator[str]:
    path, literal = (right, left) if isinstance(left, Literal) else (left, right)
    if not isinstance(literal, Literal) or literal.type != "System.String":
        return
    value_set = required(path, focus, inherited)
    valid = codes(value_set)
    if valid and literal.value not in valid:
        yield f"{literal.value!r} is not a code of {value_set}; it has {listed(valid)}"


def listed(names: frozenset[str]) -> str:
    """Return the first names in alphabetical order, and how many more there are."""
    ordered = sorted(names)
    return ", ".join(ordered[:12]) + (f" and {len(ordered) - 12} more" if len(ordered) > 12 else "")


_CLOCK = frozenset({"now", "today", "timeOfDay"})


def clock(tree: Tree) -> Iterator[str]:
    """Yield the functions of a path that read the clock."""
    if isinstance(tree, FunctionCall) and tree.name in _CLOCK:
        yield f"{tree.name}()"
    for part in children(tree):
        yield from clock(part)


def looks_outside(tree: Tree) -> bool:
    """Return whether a path reads an element of what resolve() finds, and does not say that only contained resources
    are meant."""
    if isinstance(tree, Member) and (call := _resolved(tree.source)) is not None and not _contained(call.source):
        return True
    return any(looks_outside(part) for part in children(tree))


def _resolved(tree: Tree | None) -> FunctionCall | None:
    """Return the resolve() that `tree` ends with, apart from functions that only narrow its result."""
    match tree:
        case FunctionCall(name="resolve"):
            return tree
        case FunctionCall(name=name, source=source) if name in _KEEPING | _NARROWING | {"where"}:
            return _resolved(source)
        case Indexer(source=source) | TypeTest(operator="as", operand=source):
            return _resolved(source)
    return None


def _contained(tree: Tree | None) -> bool:
    """Return whether a path keeps only references to contained resources: `where(reference.startsWith('#'))`."""
    match tree:
        case FunctionCall(name="where", arguments=(FunctionCall(name="startsWith", arguments=(Literal(value="#"),)),)):
            return True
        case FunctionCall(source=source) | Member(source=source) | Indexer(source=source):
            return _contained(source)
    return False
