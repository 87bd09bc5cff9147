"""What one evaluation knows besides its input: $this, $index, $total, %variables, how to resolve, what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gateway.fhir.path.values import Node, Nodes

Resolve = Callable[[str], dict[str, Any] | None]


class Scope:
    """Mutable on purpose: functions with criteria move `this` and `index` and put them back."""

    __slots__ = ("_now", "index", "resolve", "root", "this", "total", "variables")

    def __init__(self, root: Node, resolve: Resolve | None, variables: dict[str, Nodes]) -> None:
        self.this: Nodes = [root]
        self.root = root
        self.index: int | None = None
        self.total: Nodes = []
        self.resolve = resolve
        self.variables = variables
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The same throughout one evaluation (https://hl7.org/fhirpath/N1/#current-date-and-time-functions)."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now


Run = Callable[[Scope], Nodes]
