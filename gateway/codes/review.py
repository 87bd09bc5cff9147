"""Fill the queue from what is stored, and apply people's decisions. Nothing is coded without a person's consent.

The code map is the authority on what is accepted. It is written first, and what somebody changes there by hand appears
in the queue at the next refresh.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from gateway.codes import code_map, queue, stored
from gateway.codes.files import Files
from gateway.codes.queue import Decision, QueueItem
from gateway.codes.units import dimension
from gateway.errors import BadRequest, Conflict, NotFound
from gateway.store import Store

Verdict = Literal["accept", "reject", "skip", "reopen"]
VERDICTS: tuple[str, ...] = get_args(Verdict)

_AT_ONCE = 200
_BY_HAND = "the code map file"
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Counts of a refresh. `model` is false if there was no model to suggest codes; `left_out` counts sightings beyond
    the limit of the queue.
    """

    observations: int
    items: int
    open: int
    known: int
    left_out: int
    model: bool

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        return asdict(self)


async def refresh(store: Store, files: Files, now: datetime) -> Refreshed:
    """Fill the queue from everything stored, with new suggestions. Decisions stay as they are."""
    gathering = await stored.gather(store)
    suggested, model = await asyncio.to_thread(_suggest, gathering.items(), files.models)
    await _fill(store, suggested)
    items = await _follow_map(store, files, now)
    waiting = [item for item in items if item.state == "open"]
    known = sum(item.known for item in waiting)
    return Refreshed(gathering.sightings, len(items), len(waiting), known, gathering.left_out, model)


async def _fill(store: Store, suggested: Sequence[QueueItem]) -> None:
    """Store the items. An item that is no longer seen stays only if somebody decided about it."""
    before = {item.key: item for item in await queue.load(store)}
    items = {item.key: item for item in suggested}
    gone = [item for key, item in before.items() if key not in items]
    items |= {item.key: replace(item, count=0) for item in gone if item.decisions}
    changed = [item for key, item in items.items() if key not in before or not _same(item, before[key])]
    for start in range(0, len(changed), _AT_ONCE):
        await store.commit(state=queue.sighted(changed[start : start + _AT_ONCE]))
    for item in gone:
        if not item.decisions:
            await store.states.remove(queue.PREFIX + item.key)


async def _follow_map(store: Store, files: Files, now: datetime) -> list[QueueItem]:
    """Bring the queue in line with the code map. Read the queue first, because an acceptance writes the map first."""
    items = await queue.load(store)
    table = await asyncio.to_thread(code_map.read, files.code_map)
    agreed = [_agreeing(item, table, now) for item in items]
    changed = [item for item, before in zip(agreed, items, strict=True) if item is not before]
    for start in range(0, len(changed), _AT_ONCE):
        await store.commit(state=queue.ruled(changed[start : start + _AT_ONCE]))
    return agreed


async def decide(
    store: Store,
    files: Files,
    key: str,
    verdict: Verdict,
    *,
    by: str,
    now: datetime,
    code: str = "",
    every_unit: bool = False,
    change: bool = False,
) -> list[QueueItem]:
    """Apply the decision of a person (`by`), and return all items that it concerns.

    accept: write `code` to the code map. The map has no units, so the decision concerns every unit of the local code;
        if the units measure different things, `every_unit` must be true. `change` must be true to replace an accepted
        code.
    reopen: take an acceptance back.

    Raises NotFound, BadRequest, Invalid for a code that is not LOINC's, and Conflict.
    """
    by = _person(by)
    if bool(code) != (verdict == "accept"):
        raise BadRequest("a code goes with accept, and only with that")
    item = await queue.find(store, key)
    if item is None:
        raise NotFound(f"there is no {key!r} in the queue")
    siblings = [other for other in await queue.load(store) if other.from_ == item.from_ and other.key != key]
    if verdict == "accept" and not every_unit:
        _one_measure(item, siblings)
    concerned = await _ruled(files, item, siblings, verdict, code, change=change)
    decided = [one.decided(Decision(_STATE[verdict], by, now, code)) for one in concerned]
    await store.commit(state=queue.ruled(decided))
    return decided


async def _ruled(
    files: Files, item: QueueItem, siblings: list[QueueItem], verdict: Verdict, code: str, *, change: bool
) -> list[QueueItem]:
    """Bring the code map in line with the verdict, and return the items that it concerns."""
    match verdict:
        case "accept":
            await asyncio.to_thread(code_map.add, files.code_map, item.from_, code, replace=change)
            return [item, *siblings]
        case "reopen":
            await asyncio.to_thread(code_map.remove, files.code_map, item.from_)
            return [item, *(other for other in siblings if other.state == "accepted")]
    if item.state == "accepted":
        raise Conflict(f"{item.key} is accepted as {item.code}; reopen it first")
    return [item]


_STATE: dict[Verdict, queue.State] = {"accept": "accepted", "reject": "rejected", "skip": "skipped", "reopen": "open"}


def _person(by: str) -> str:
    name = " ".join(by.split())[:_LONGEST_NAME]
    if not name:
        raise BadRequest("a decision needs a name: who decides?")
    return name


def _suggest(items: list[QueueItem], models: Path) -> tuple[list[QueueItem], bool]:
    """Add suggestions to the items. Run it in a thread: it computes for seconds."""
    from gateway.codes.learning import keep

    try:
        model, _ = keep.load(models)
    except NotFound:
        return items, False
    looks = [item.looks() for item in items]
    answers = iter(model.answer([look for each in looks for look in each]))
    return [item.answered([next(answers) for _ in each]) for item, each in zip(items, looks, strict=True)], True


def _same(item: QueueItem, before: QueueItem) -> bool:
    return item == replace(before, state=item.state, code=item.code, decisions=item.decisions)


def _agreeing(item: QueueItem, table: dict[str, str], now: datetime) -> QueueItem:
    code = table.get(item.from_, "")
    if code and (item.state, item.code) != ("accepted", code):
        return item.decided(Decision("accepted", _BY_HAND, now, code))
    if not code and item.state == "accepted":
        return item.decided(Decision("open", _BY_HAND, now))
    return item


def _one_measure(item: QueueItem, siblings: Sequence[QueueItem]) -> None:
    others = [other for other in siblings if other.count and not _comparable(item.unit, other.unit)]
    if others:
        units = ", ".join(other.unit or "no unit" for other in others)
        raise Conflict(
            f"{item.from_} also comes with {units}, and the code map does not tell units apart: "
            "accept it for every unit if the code is right for them all"
        )


def _comparable(one: str, other: str) -> bool:
    measured = dimension(one)
    return measured is not None and measured == dimension(other)
