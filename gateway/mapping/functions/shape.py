"""What a function is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """`call` takes all values of the field, already of one of the types `takes` (empty: of any), never none of them.

    It returns what the document holds, or None. `many` tells that this is a list, `gives` the leaf (see Lens) where
    it is of another kind than the values.
    """

    name: str
    call: Callable[[list[Any]], Any]
    takes: frozenset[str] = frozenset()
    many: bool = False
    gives: str = ""
