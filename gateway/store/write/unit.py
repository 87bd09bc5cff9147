"""What one call of `commit` asks for: writes that happen together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.store.layout.records import Condition, Key
from gateway.store.write.conditions import exact
from gateway.store.write.decide import Prepared


@dataclass(frozen=True, slots=True)
class Unit:
    """Writes that happen together or not at all, and the small records stored with them."""

    prepared: Sequence[Prepared]
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        return {one.key for one in self.prepared} | {f"state {name}" for name in self.state}

    @property
    def conditions(self) -> list[Condition]:
        return [one.write.condition for one in self.prepared if one.write.condition]

    @property
    def searches(self) -> bool:
        """Return whether a condition needs a search of its own."""
        return any(exact(one.query) is None for one in self.conditions)

    @property
    def refers(self) -> bool:
        """Whether references are to be judged."""
        return any(one.write.needs or one.write.unreferred for one in self.prepared)

    @property
    def needs(self) -> frozenset[Key]:
        """What must be there, less what it writes itself."""
        wanted = frozenset[Key]().union(*(one.write.needs for one in self.prepared if one.write.needs))
        return wanted - {one.write.key for one in self.prepared if one.template} if wanted else wanted

    @property
    def deletes(self) -> set[Key]:
        return {one.write.key for one in self.prepared if one.template is None}

    @property
    def unreferred(self) -> list[str]:
        """What it deletes only if nothing refers to it."""
        return [one.key for one in self.prepared if one.write.unreferred]

    @property
    def size(self) -> int:
        return sum(one.size for one in self.prepared)
