"""Hold what one call of `Store.commit` asks for: writes that commit together or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.store.layout.records import Condition, Key
from gateway.store.write.conditions import exact_tokens
from gateway.store.write.decide import Prepared


@dataclass(frozen=True, slots=True)
class Unit:
    """Writes that commit together or not at all, and the values (`state`) that are stored with them."""

    prepared: Sequence[Prepared]
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """The keys of the resources and of the values. Units with a key in common never run in one transaction."""
        return {prepared.key for prepared in self.prepared} | {f"state {name}" for name in self.state}

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of its writes."""
        return [prepared.write.condition for prepared in self.prepared if prepared.write.condition]

    @property
    def searches(self) -> bool:
        """Whether a condition needs a search of its own."""
        return any(exact_tokens(condition.query) is None for condition in self.conditions)

    @property
    def checks_references(self) -> bool:
        """Whether references must be checked."""
        return any(prepared.write.needs or prepared.write.unreferred for prepared in self.prepared)

    @property
    def needs(self) -> frozenset[Key]:
        """The resources that must exist afterwards and that the unit does not write itself."""
        needs = frozenset[Key]().union(*(prepared.write.needs for prepared in self.prepared if prepared.write.needs))
        return needs - {prepared.write.key for prepared in self.prepared if prepared.template} if needs else needs

    @property
    def deletes(self) -> set[Key]:
        """The resources that it deletes."""
        return {prepared.write.key for prepared in self.prepared if prepared.template is None}

    @property
    def unreferred(self) -> list[str]:
        """The keys of the resources that are deleted only if nothing refers to them."""
        return [prepared.key for prepared in self.prepared if prepared.write.unreferred]

    @property
    def size(self) -> int:
        """The approximate bytes of the resources."""
        return sum(prepared.size for prepared in self.prepared)
