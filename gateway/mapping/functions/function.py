"""Define what a function of the mapping language is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the mapping language.

    call: called while a field is read, with all values of the field (at least one); returns what the document holds,
        None for nothing.
    takes: the types of the mapping language that it can take; empty for all.
    many: whether it returns a list.
    leaf: the kind of value that it returns (see Lens); empty if that is the kind it takes.
    """

    name: str
    call: Callable[[list[Any]], Any]
    takes: frozenset[str] = frozenset()
    many: bool = False
    leaf: str = ""
