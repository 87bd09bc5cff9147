"""The nodes of the syntax tree.

`at` is always the offset in the text. A `source` of None is the focus ($this).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal. `type` is a System type; the value of a Quantity is a FHIR Quantity as JSON."""

    type: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty collection, `{}`."""

    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """%name"""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Special:
    """$this, $index or $total"""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A step to child elements, `source.name`, or a type name at the start of a path."""

    source: "Tree | None"
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function call, `source.name(arguments)`."""

    source: "Tree | None"
    name: str
    arguments: "tuple[Tree, ...]"
    at: int


@dataclass(frozen=True, slots=True)
class Indexer:
    """One item of a collection, `source[index]`."""

    source: "Tree"
    index: "Tree"
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`-operand` and `+operand`, and in the arguments of sort() `operand asc` and `operand desc`."""

    operator: str
    operand: "Tree"
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: "Tree"
    right: "Tree"
    at: int


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`operand is type` and `operand as type`; `type` is `Patient`, `FHIR.Patient` or `System.String`."""

    operator: str
    operand: "Tree"
    type: str
    at: int


Tree = Literal | Empty | Variable | Special | Member | FunctionCall | Indexer | Unary | Binary | TypeTest


def depth(tree: Tree) -> int:
    """Return the number of levels of a tree. It is not recursive, because it guards against deep recursion."""
    levels = 0
    level: tuple[Tree, ...] = (tree,)
    while level:
        levels += 1
        level = tuple(part for node in level for part in children(node))
    return levels


def children(tree: Tree) -> tuple[Tree, ...]:
    """Return the direct parts of a node, in the order of the text."""
    match tree:
        case Member(source=source):
            return (source,) if source else ()
        case FunctionCall(source=source, arguments=arguments):
            return (source, *arguments) if source else arguments
        case Indexer(source=source, index=index):
            return (source, index)
        case Unary(operand=operand) | TypeTest(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case _:
            return ()
