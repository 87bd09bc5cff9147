"""What a function is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """`call` takes all values of the field, already of one of the types `takes` (empty: of any), never none of them.

    It returns what the document holds, or None. `many` tells that this is a list, `leaf` what kind of value it gives
    (see Lens), where that is another than it takes.
    """

    name: str
    call: Callable[[list[Any]], Any]
    takes: frozenset[str] = frozenset()
    many: bool = False
    leaf: str = ""
