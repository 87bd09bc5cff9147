"""Keep the review queue: local codes, and names without a code, each with its unit once, waiting for a person's
decision.

Items are small records in the store. They hold names, units and orders of magnitude, and nothing about a patient.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, get_args

import msgspec

from gateway.codes.corpus import Look
from gateway.codes.sightings import Sighting
from gateway.codes.suggestion import Answer, Suggestion
from gateway.codes.units import folded_unit
from gateway.store import Store

State = Literal["open", "accepted", "rejected", "skipped"]
STATES: tuple[str, ...] = get_args(State)
MOST_ITEMS = 5_000
PREFIX, RULINGS = "code-review/", "code-ruling/"

_ORDER: dict[str, int] = {"open": 0, "skipped": 1, "accepted": 2, "rejected": 3}
_DECIDED = ("state", "code", "decisions")
_MOST_NAMES, _MOST_DECISIONS, _NAMES_COUNTED = 5, 20, 50


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision about an item. `by` is the person's own statement of who they are; `code` is set if it was
    accepted.
    """

    state: State
    by: str
    at: datetime
    code: str = ""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A local code with its unit. `from_` is its key in the code map; `decisions`, the latest last, are the audit
    trail.
    """

    key: str
    from_: str
    unit: str
    names: tuple[str, ...]
    count: int
    kinds: tuple[str, ...] = ()
    magnitudes: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    panel: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    known: bool = False
    state: State = "open"
    code: str = ""
    decisions: tuple[Decision, ...] = ()

    @property
    def values(self) -> str:
        """Return the range of its numbers by orders of magnitude (`10 to 320`), "" if it has none."""
        if not self.magnitudes:
            return ""
        low, high = 10 ** (self.magnitudes[0] / 2), 10 ** ((self.magnitudes[-1] + 1) / 2)
        return f"{low:.2g} to {high:.2g}" if high < 1e6 else f"above {low:.2g}"

    def looks(self) -> list[Look]:
        """Return what a model needs to suggest codes: one look for each name."""
        kind = self.kinds[0] if self.kinds else ""
        return [Look(name, self.unit, kind, self.magnitudes, self.categories, self.panel) for name in self.names]

    def answered(self, answers: Iterable[Answer], most: int = 5) -> "QueueItem":
        """Return the item with the model's suggestions for its names: the most confident one for each code."""
        best: dict[str, Suggestion] = {}
        for suggestion in (one for answer in answers for one in answer.suggestions):
            if suggestion.code not in best or suggestion.confidence > best[suggestion.code].confidence:
                best[suggestion.code] = suggestion
        found = tuple(sorted(best.values(), key=lambda one: (-one.confidence, one.code))[:most])
        return replace(self, suggestions=found, known=Answer(found).known)

    def decided(self, decision: Decision) -> "QueueItem":
        """Return the item with one more decision."""
        decisions = (*self.decisions, decision)[-_MOST_DECISIONS:]
        return replace(self, state=decision.state, code=decision.code, decisions=decisions)

    def as_json(self) -> dict[str, Any]:
        """Return what people and programs are shown."""
        shown = asdict(self)
        for inner in ("magnitudes", "panel"):
            del shown[inner]
        return {"key": shown.pop("key"), "from": shown.pop("from_"), **shown, "values": self.values}


@dataclass(slots=True)
class _Met:
    unit: str
    names: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    magnitudes: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    panels: Counter[str] = field(default_factory=Counter)
    count: int = 0


class Gathering:
    """Builds items from sightings that have neither a LOINC code nor a code of another standard system."""

    def __init__(self, most: int = MOST_ITEMS) -> None:
        self._most = most
        self._met: dict[tuple[str, str], _Met] = {}
        self.sightings = self.left_out = 0

    def add(self, sightings: Iterable[Sighting]) -> None:
        """Add sightings; those that need no code are only counted."""
        for sighting in sightings:
            self.sightings += 1
            if sighting.local:
                self._note(sighting)

    def _note(self, sighting: Sighting) -> None:
        key = sighting.local, folded_unit(sighting.unit)
        met = self._met.get(key)
        if met is None:
            if len(self._met) >= self._most:
                self.left_out += 1
                return
            met = self._met[key] = _Met(sighting.unit)
        met.count += 1
        met.names.update(name for name in sighting.names if name in met.names or len(met.names) < _NAMES_COUNTED)
        met.kinds[sighting.kind] += 1
        met.categories.update(sighting.categories)
        met.panels[sighting.panel] += 1
        if sighting.magnitude is not None:
            met.magnitudes.add(sighting.magnitude)

    def items(self) -> list[QueueItem]:
        """Return the items, sorted by code and unit."""
        return [_item(from_, unit, met) for (from_, unit), met in sorted(self._met.items())]


def _item(from_: str, unit: str, met: _Met) -> QueueItem:
    names = tuple(name for name, _ in _most_common(met.names, _MOST_NAMES)) or (from_.partition("|")[2],)
    return QueueItem(
        key=sha256(f"{from_}\n{unit}".encode()).hexdigest()[:12],
        from_=from_,
        unit=met.unit,
        names=names,
        count=met.count,
        kinds=tuple(kind for kind, _ in _most_common(met.kinds, 3)),
        magnitudes=tuple(sorted(met.magnitudes)),
        categories=tuple(sorted(met.categories))[:_MOST_NAMES],
        panel=_most_common(met.panels, 1)[0][0],
    )


def _most_common(counted: Counter[str], most: int) -> list[tuple[str, int]]:
    """Return the most frequent texts. Ties go by name, so that the order of arrival decides nothing."""
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:most]


# --- in the store. What was seen and what was decided are separate records: filling the queue takes a while, and must
# not undo what somebody decides meanwhile.


async def load(store: Store) -> list[QueueItem]:
    """Return all items: open ones first, and among those the most frequent first."""
    found = await store.states.starting_with(PREFIX, limit=4 * MOST_ITEMS)
    rulings = await store.states.starting_with(RULINGS, limit=4 * MOST_ITEMS)
    items = [_item_of(value, rulings.get(RULINGS + value["key"])) for value in found.values()]
    return sorted(items, key=lambda item: (_ORDER[item.state], -item.count, item.key))


async def find(store: Store, key: str) -> QueueItem | None:
    """Return the item with the key, None if there is none."""
    value = await store.states.get(PREFIX + key)
    return None if value is None else _item_of(value, await store.states.get(RULINGS + key))


def sighted(items: Iterable[QueueItem]) -> dict[str, Any]:
    """Return the records of what was seen, without the decisions."""
    return {PREFIX + item.key: {n: v for n, v in _plain(item).items() if n not in _DECIDED} for item in items}


def ruled(items: Iterable[QueueItem]) -> dict[str, Any]:
    """Return the records of the decisions."""
    return {RULINGS + item.key: {n: v for n, v in _plain(item).items() if n in _DECIDED} for item in items}


def _item_of(value: dict[str, Any], ruling: dict[str, Any] | None) -> QueueItem:
    return msgspec.convert({**value, **(ruling or {})}, QueueItem, strict=False)


def _plain(item: QueueItem) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(item, builtin_types=(datetime,))
    return kept
