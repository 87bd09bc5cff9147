"""Order the units of a group, so that each condition is judged after all writes that may change what it matches.

Units that cannot influence one another's conditions are decided together, with one read for all of them.
"""

from collections import defaultdict
from collections.abc import Sequence

from gateway.store.layout.fields import TOKENS
from gateway.store.layout.records import Condition, Key
from gateway.store.write.conditions import exact_tokens
from gateway.store.write.unit import Unit


class _Wave:
    """Units that are decided together, and what they write: index tokens by type, and keys."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._tokens: dict[str, set[str]] = defaultdict(set)
        self._keys: set[Key] = set()

    def add(self, number: int, unit: Unit) -> None:
        self.numbers.append(number)
        for prepared in unit.prepared:
            self._keys.add(prepared.write.key)
            self._tokens[prepared.write.type].update((prepared.fields or {}).get(TOKENS, ()))

    def may_change(self, condition: Condition) -> bool:
        """Return whether a write of this wave may change what `condition` matches."""
        type_, tokens = condition.query.type or "", exact_tokens(condition.query)
        if tokens is None:
            return bool(self.numbers)
        writes_match = any((type_, id_) in self._keys for id_ in condition.expected)
        return writes_match or not tokens.isdisjoint(self._tokens[type_])


def waves(units: Sequence[Unit]) -> list[list[int]]:
    """Return the positions of `units` by wave; a wave may be empty.

    The first wave has all units without conditions. The others follow in their order: a unit opens a new wave if a unit
    of the current wave may change what its conditions match. Units that delete only unreferred resources come last,
    each in a wave of its own, because all other units may add references.
    """
    last = [number for number, unit in enumerate(units) if unit.unreferred]
    unconditional = [number for number, unit in enumerate(units) if not unit.conditions and number not in last]
    ordered, wave = [unconditional], _Wave()
    for number, unit in enumerate(units):
        if not unit.conditions or number in last:
            continue
        if any(wave.may_change(condition) for condition in unit.conditions):
            ordered.append(wave.numbers)
            wave = _Wave()
        wave.add(number, unit)
    return [*ordered, wave.numbers, *([number] for number in last)]
