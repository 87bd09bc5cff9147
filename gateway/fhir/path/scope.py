"""The state of one evaluation: $this, $index, $total, %variables, the resolver, the time, and its budget."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import thread_time
from types import MappingProxyType
from typing import Any, TypeVar, cast

from gateway import budget
from gateway.fhir.path.errors import PathError
from gateway.fhir.path.values import Node, Nodes

Resolve = Callable[[str], dict[str, Any] | None]
"""Returns the resource of a reference, or None. resolve() calls it."""

Table = TypeVar("Table")

Run = Callable[["Scope"], Nodes]
"""A compiled expression, or a compiled part of one."""

# The limits of one evaluation. Clients send expressions, and a short one can take forever:
# `descendants().select(%resource.descendants())`. One unit is an item of a collection or sixteen characters of text.
MOST_UNITS = 5_000_000
MOST_ITEMS = 1_000_000
MOST_SECONDS = 5.0
_UNITS_BETWEEN_LOOKS = 5_000


class Scope:
    """The state of one evaluation. Functions with criteria change `this` and `index`, and put them back.

    Attributes that most evaluations never set have their defaults on the class, which makes a new scope cheap.
    """

    index: int | None = None
    total: Nodes = []  # noqa: RUF012 - never changed in place
    resolve: Resolve | None = None
    variables: Mapping[str, Nodes] = MappingProxyType({})
    _now: datetime | None = None
    _tables: dict[Any, Any] | None = None
    _left: int = MOST_UNITS
    _look: int = MOST_UNITS - _UNITS_BETWEEN_LOOKS
    _until: float | None = None

    def __init__(self, root: Node) -> None:
        self.this: Nodes = [root]
        self.root = root

    @property
    def container(self) -> Any:
        """The JSON in which resolve() looks for `#id` and for the entries of a Bundle: %rootResource."""
        nodes = self.variables.get("rootResource") or self.variables.get("resource") or [self.root]
        return nodes[0][1]

    def table(self, make: Callable[[Any], Table]) -> Table:
        """Return `make(container)`, computed once: a Bundle is not searched again for each of its references."""
        if self._tables is None:
            self._tables = {}
        if make not in self._tables:
            self._tables[make] = make(self.container)
        return cast(Table, self._tables[make])

    def spend(self, units: int) -> None:
        """Subtract from the budget, and check the clock every few thousand units. Raises PathError beyond a limit."""
        self._left -= units
        if self._left < self._look:
            self.look_at_the_clock()

    def spend_on(self, nodes: Nodes) -> None:
        """Spend the cost of a result: its items, or its characters if it is one string. Raises PathError."""
        units = len(nodes) + 1
        if units == 2 and nodes[0][1].__class__ is str:
            units += len(nodes[0][1]) >> 4
        elif units > MOST_ITEMS:
            raise PathError(f"more than {MOST_ITEMS} items")
        self._left -= units
        if self._left < self._look:
            self.look_at_the_clock()

    def look_at_the_clock(self) -> None:
        """Check the time of the evaluation and the budget of the request.

        A step that may take long for a small result calls this directly afterwards. Raises PathError if the evaluation
        exceeds a limit, TooCostly if the request does.
        """
        budget.check()
        now = thread_time()
        if self._until is None:
            self._until = now + MOST_SECONDS
        if self._left < 0 or now > self._until:
            raise PathError("too much work for one expression")
        self._look = self._left - _UNITS_BETWEEN_LOOKS

    @property
    def now(self) -> datetime:
        """The time, the same throughout one evaluation.

        https://hl7.org/fhirpath/N1/#current-date-and-time-functions
        """
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now
