"""The order in which the units of a group are decided, so that each condition is judged on all that went before it.

Units that cannot influence one another's conditions are decided together, with one read for all of them.
"""

from collections import defaultdict
from collections.abc import Sequence

from gateway.store.layout.fields import TOKENS
from gateway.store.layout.records import Condition, Key
from gateway.store.write.conditions import exact
from gateway.store.write.unit import Unit


class Wave:
    """Units decided together, and what they write: tokens by type, and keys."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._tokens: dict[str, set[str]] = defaultdict(set)
        self._keys: set[Key] = set()

    def add(self, number: int, unit: Unit) -> None:
        self.numbers.append(number)
        for one in unit.prepared:
            self._keys.add(one.write.key)
            self._tokens[one.write.type].update((one.fields or {}).get(TOKENS, ()))

    def disturbs(self, condition: Condition) -> bool:
        """Whether a write of this wave might change what `condition` matches."""
        type_, tokens = condition.query.type or "", exact(condition.query)
        if tokens is None:
            return bool(self.numbers)
        gone = any((type_, id_) in self._keys for id_ in condition.expected)
        return gone or not tokens.isdisjoint(self._tokens[type_])


def waves(units: Sequence[Unit]) -> list[list[int]]:
    """The units' numbers: those without conditions first, then each as early as its conditions allow; each that deletes
    only what nothing refers to by itself, when all others have said what they refer to."""
    last = [number for number, unit in enumerate(units) if unit.unreferred]
    plain = [number for number, unit in enumerate(units) if not unit.conditions and number not in last]
    found, wave = [plain], Wave()
    for number, unit in enumerate(units):
        if not unit.conditions or number in last:
            continue
        if any(wave.disturbs(condition) for condition in unit.conditions):
            found.append(wave.numbers)
            wave = Wave()
        wave.add(number, unit)
    return [*found, wave.numbers, *([number] for number in last)]
