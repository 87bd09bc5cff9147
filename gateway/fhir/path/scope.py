"""What one evaluation knows besides its input: $this, $index, $total, %variables, how to resolve, what time it is."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from gateway.fhir.path.values import Node, Nodes

Resolve = Callable[[str], dict[str, Any] | None]


class Scope:
    """Mutable on purpose: functions with criteria move `this` and `index` and put them back.

    What most evaluations never touch stays on the class, for one scope is made per evaluation.
    """

    index: int | None = None
    total: Nodes = []  # noqa: RUF012 - never changed in place
    resolve: Resolve | None = None
    variables: Mapping[str, Nodes] = MappingProxyType({})
    _now: datetime | None = None

    def __init__(self, root: Node) -> None:
        self.this: Nodes = [root]
        self.root = root

    @property
    def container(self) -> Any:
        """The JSON in which `#id` and the entries of a Bundle are looked for: %rootResource."""
        given = self.variables.get("rootResource") or self.variables.get("resource") or [self.root]
        return given[0][1]

    @property
    def now(self) -> datetime:
        """The same throughout one evaluation (https://hl7.org/fhirpath/N1/#current-date-and-time-functions)."""
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now


Run = Callable[[Scope], Nodes]
