"""What one call of `commit` asks for: writes that happen together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.store.decide import Prepared
from gateway.store.records import Condition


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
    def size(self) -> int:
        return sum(one.size for one in self.prepared)
