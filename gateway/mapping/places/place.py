"""Work out where a path leads in the JSON, so that a value can be written there: FHIRPath read backwards.

`identifier.where(type.coding.code = 'MR').value` says which identifiers are meant, and so also what a new identifier
must hold to be found. A path is a place if it consists of element names, `where` with equalities, `extension`,
`ofType`/`as`, and `first()` or `[0]`. Any other path (a union, a computation, `resolve()`) can only be read.
"""

from dataclasses import dataclass, replace

from gateway.fhir import r4
from gateway.fhir.path.function import type_name
from gateway.fhir.path.nodes import FunctionCall, Indexer, Literal, Member, Special, Tree, TypeTest
from gateway.fhir.path.parser import parse
from gateway.fhir.path.type_model import JsonField as Key
from gateway.fhir.path.type_model import convertible, fields, known, matching
from gateway.mapping.places.criteria import ANY, Criteria, criteria, criteria_of_url
from gateway.mapping.values.lens import Unwritable


@dataclass(frozen=True, slots=True)
class Step:
    """One element on the way.

    context, name: the FHIR type, and its element.
    keys: the JSON keys under which the element can stand; several for a choice of types.
    many: whether the element repeats.
    criteria: which items are meant.
    first: whether only the first of them is meant.
    """

    context: str
    name: str
    keys: tuple[Key, ...]
    many: bool
    criteria: Criteria = ANY
    first: bool = False

    @property
    def key(self) -> Key:
        """The first key of the JSON member."""
        return self.keys[0]

    @property
    def all_keys(self) -> list[str]:
        """Return the JSON keys that writing here may change: all keys of a choice, because only one may be present."""
        return [key.key for key in fields(self.context, self.name)]


@dataclass(frozen=True, slots=True)
class Place:
    """The way from an object to the values of a path; `first`: whether only the first of all values is meant."""

    steps: tuple[Step, ...]
    first: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the steps."""
        return tuple(step.name for step in self.steps)

    def overlaps(self, other: "Place") -> bool:
        """Return whether writing to one place may change what stands at the other."""
        return all(mine == theirs for mine, theirs in zip(self.names, other.names, strict=False))


def parse_place(path: str, context: str) -> Place:
    """Return the place that `path` leads to from the FHIR type `context`. Raises Unwritable if it can only be read."""
    tree = parse(path)
    steps = _steps(tree, context)
    if not steps:
        raise Unwritable("it leads to no element")
    open_ends = [n for n, step in enumerate(steps) if step.first and any(s.many and not s.first for s in steps[:n])]
    if not open_ends:
        return Place(steps)
    if open_ends != [len(steps) - 1]:
        raise Unwritable("it takes the first item of a list inside another list")
    return Place((*steps[:-1], replace(steps[-1], first=False)), first=True)


def _steps(tree: Tree | None, context: str) -> tuple[Step, ...]:
    match tree:
        case None | Special(name="$this"):
            return ()
        case Member(source=None, name=name) if name[:1].isupper() and known(name):
            return _from_type(name, context)
        case Member(source=source, name=name):
            return _to_element(_steps(source, context), context, name)
        case TypeTest(operator="as", operand=source, type=name):
            return _narrowed(_steps(source, context), name, context)
        case FunctionCall(name="ofType" | "as", source=source, arguments=(wanted,)):
            return _narrowed(_steps(source, context), type_name(wanted), context)
        case FunctionCall(name="where", source=source, arguments=(condition,)):
            return _where(_steps(source, context), condition)
        case FunctionCall(name="extension", source=source, arguments=(Literal(type="System.String", value=url),)):
            steps = _to_element(_steps(source, context), context, "extension")
            return (*steps[:-1], replace(steps[-1], criteria=criteria_of_url(url)))
        case FunctionCall(name="single", source=source, arguments=()) if source is not None:
            return _steps(source, context)  # several values are refused when they are read
        case FunctionCall(name="first", source=source, arguments=()) if source is not None:
            return _first(_steps(source, context))
        case Indexer(source=source, index=Literal(value=0)):
            return _first(_steps(source, context))
        case Indexer():
            raise Unwritable("only the first item of a list, [0], can be written by its number")
        case FunctionCall(name="as" | "ofType"):
            raise Unwritable("it needs the name of a type, such as ofType(Quantity)")
        case FunctionCall(name=name):
            raise Unwritable(f"{name}() has no way back")
    raise Unwritable("it is not a path of elements")


def _from_type(name: str, context: str) -> tuple[Step, ...]:
    if context not in (matching(name) or ()):
        raise Unwritable(f"it starts from {name}")
    return ()


def _to_element(steps: tuple[Step, ...], context: str, name: str) -> tuple[Step, ...]:
    parent = _reached(steps) if steps else context
    element = r4.types()[parent].elements.get(name) if parent in r4.types() else None
    keys = fields(parent, name)
    if element is None or not keys:
        raise Unwritable(f"{parent} has no element {name}")
    if any(key.resource for key in keys):
        raise Unwritable(f"it leads into another resource by {name}")
    return (*steps, Step(parent, name, keys, element.many))


def _reached(steps: tuple[Step, ...]) -> str:
    last = steps[-1]
    if len(last.keys) != 1:
        raise Unwritable(f"{last.name} can be of several types: say which, by ofType()")
    return last.key.type


def _narrowed(steps: tuple[Step, ...], name: str, context: str) -> tuple[Step, ...]:
    wanted = convertible(name) or frozenset()
    keys = tuple(key for key in steps[-1].keys if key.type in wanted) if steps else ()
    if not keys:
        of = ", ".join(sorted(key.type for key in steps[-1].keys)) if steps else context
        raise Unwritable(f"it is never {name}, only {of}")
    return (*steps[:-1], replace(steps[-1], keys=keys))


def _where(steps: tuple[Step, ...], condition: Tree) -> tuple[Step, ...]:
    if not steps:
        raise Unwritable("where() needs an element before it")
    last = steps[-1]
    if last.first:
        raise Unwritable("where() after first() has no way back")
    return (*steps[:-1], replace(last, criteria=last.criteria.combined_with(criteria(condition, _reached(steps)))))


def _first(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if not steps:
        raise Unwritable("first() needs an element before it")
    return (*steps[:-1], replace(steps[-1], first=True))
