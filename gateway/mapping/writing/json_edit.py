"""What stands at a place, and putting other values there: the JSON side of an edit.

Nothing is changed in place. What an edit does not concern is the same object afterwards, in the same order.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gateway.fhir.path.type_model import JsonField as Key
from gateway.fhir.path.type_model import fields
from gateway.mapping.attached.tables import is_husk
from gateway.mapping.places.place import Step
from gateway.mapping.values.shape import Origins, Unwritable
from gateway.mapping.values.structures import set_or_drop

Node = dict[str, Any]


class Item(NamedTuple):
    """One value of an element: where it stands, and for primitives what stands `beside` it, under `_key`.

    `meant`: whether the criteria of the step take it in.
    """

    key: Key
    raw: Any
    beside: Any = None
    meant: bool = True


Make = Callable[[Item | None], Item]
"""The item that a value becomes, from the one it comes from."""

Pair = tuple[int | None, Make | None]
"""(the number of the value it comes from among those `standing` finds, how it is made; None: it stays as it is)"""


def standing(node: Node, steps: Sequence[Step]) -> list[Item]:
    """All that stand at the end of `steps`, in order."""
    step, rest = steps[0], steps[1:]
    items = [item for item in _items(node, step) if item.meant]
    if not rest:
        return [item for item in items if item.raw is not None]
    return [found for item in items for found in standing(_inside(item), rest)]


def replaced(node: Node, steps: Sequence[Step], pairs: Sequence[Pair], origins: Origins) -> Node:
    """`node` with, at the end of `steps`, what the pairs say, in their order. Raises Unwritable."""
    step, rest = steps[0], steps[1:]
    items = _items(node, step)
    changed = _ends(items, step, pairs) if not rest else _on_the_way(items, step, rest, pairs, origins)
    if not step.many and len(changed) > 1:
        raise Unwritable(f"there can be only one {step.name}")
    return _stored(node, step, changed)


def _items(node: Node, step: Step) -> list[Item]:
    """Of a choice only one type may be there; where there are more, the first in the order of the JSON counts."""
    present = [key for key in step.keys if key.key in node or "_" + key.key in node]
    if len(present) > 1:
        order = list(node)
        present.sort(key=lambda key: order.index(key.key) if key.key in node else len(order))
    found = [item for key in present[:1] for item in _of_key(node, key, step)]
    if not step.first:
        return found
    first = next((number for number, item in enumerate(found) if item.meant), None)
    return [item._replace(meant=number == first) for number, item in enumerate(found)]


def _of_key(node: Node, key: Key, step: Step) -> list[Item]:
    raw, beside = node.get(key.key), node.get("_" + key.key) if key.primitive else None
    if not step.many:
        _shaped(raw, key)
        return [Item(key, raw, beside, step.criteria.hold(raw, beside))]
    if raw.__class__ not in (list, type(None)) or beside.__class__ not in (list, type(None)):
        raise Unwritable(f"{step.name} is not of the shape its definition gives")
    raws, near = raw or [], beside or []
    count = max(len(raws), len(near))
    raws, near = [*raws, *[None] * (count - len(raws))], [*near, *[None] * (count - len(near))]
    for one in raws:
        _shaped(one, key)
    return [Item(key, one, by, step.criteria.hold(one, by)) for one, by in zip(raws, near, strict=True)]


def _shaped(raw: Any, key: Key) -> None:
    if raw is not None and not isinstance(raw, key.shapes):
        raise Unwritable(f"{key.key} is not of the shape its definition gives")


def _inside(item: Item) -> Node:
    """The object in which the next element stands: of a primitive the one beside it."""
    inner = item.beside if item.key.primitive else item.raw
    return inner if isinstance(inner, dict) else {}


# --- at the end of the way


def _ends(items: Sequence[Item], step: Step, pairs: Sequence[Pair]) -> list[Item]:
    waiting, wanted = deque(pairs), {index for index, _ in pairs}
    new = Item(step.key, step.criteria.new()) if step.criteria.skeleton else None
    changed: list[Item] = []
    number = 0
    for item in items:
        if not item.meant or item.raw is None:
            changed.append(item)
            continue
        if number in wanted:
            while waiting[0][0] != number:
                changed.append(_made(waiting.popleft()[1], new))
            changed.append(_made(waiting.popleft()[1], item))
        elif not step.many and item.beside is not None:
            changed.append(item._replace(raw=None))
        number += 1
    added = [_made(make, new) for _, make in waiting]
    if added and not step.many and changed and changed[0].raw is None:
        bare = changed.pop()  # the new value stands beside the extension that said why there was none
        if added[0].key == bare.key:
            added[0] = added[0]._replace(beside=bare.beside)
    return [*changed, *added]


def _made(make: Make | None, item: Item | None) -> Item:
    if make is None:
        assert item is not None
        return item
    made = make(item)
    if item is None or item.key != made.key or made.beside is not None:
        return made
    return made._replace(beside=item.beside)


# --- on the way


def _on_the_way(
    items: Sequence[Item], step: Step, rest: Sequence[Step], pairs: Sequence[Pair], origins: Origins
) -> list[Item]:
    counts = [len(standing(_inside(item), rest)) if item.meant else 0 for item in items]
    groups, fresh = _distributed(items, counts, pairs, roomy=any(one.many and not one.first for one in rest))
    changed = list(_new_items(fresh.get(-1, ()), step, rest, origins))
    for number, item in enumerate(items):
        group = groups.get(number, [])
        if counts[number] == len(group) and all(make is None for _, make in group):
            changed.append(item)
        elif (new := _inner_replaced(item, step, rest, group, origins)) is not None:
            changed.append(new)
        changed += _new_items(fresh.get(number, ()), step, rest, origins)
    return changed


def _distributed(
    items: Sequence[Item], counts: Sequence[int], pairs: Sequence[Pair], *, roomy: bool
) -> tuple[dict[int, list[Pair]], dict[int, list[list[Pair]]]]:
    """Which item each value goes into, and the values that need a new item, by the item they follow (-1: the start).

    `roomy`: whether one item can hold several values. A new value joins the one before it, else the one after.
    """
    owner = [number for number, count in enumerate(counts) for _ in range(count)]
    starts = [sum(counts[:number]) for number in range(len(counts))]
    empty = deque(number for number, item in enumerate(items) if item.meant and not counts[number])
    groups: dict[int, list[Pair]] = {}
    fresh: dict[int, list[list[Pair]]] = {}
    at = -1
    for place, (index, make) in enumerate(pairs):
        if index is not None:
            at = owner[index]
            groups.setdefault(at, []).append((index - starts[at], make))
            continue
        after = next((owner[later] for later, _ in pairs[place:] if later is not None), None)
        while empty and empty[0] < at:
            empty.popleft()
        if roomy and at >= 0:
            groups.setdefault(at, []).append((None, make))
        elif roomy and after is not None:
            groups.setdefault(after, []).append((None, make))
        elif empty and (after is None or empty[0] < after):
            at = empty.popleft()
            groups.setdefault(at, []).append((None, make))
        elif roomy and fresh.get(at):
            fresh[at][-1].append((None, make))
        else:
            fresh.setdefault(at, []).append([(None, make)])
    return groups, fresh


def _inner_replaced(
    item: Item, step: Step, rest: Sequence[Step], pairs: Sequence[Pair], origins: Origins
) -> Item | None:
    """Return the item with other values inside; None if all that is left says which item it was."""
    inner = replaced(_inside(item), rest, pairs, origins)
    if item.key.primitive:
        return item._replace(beside=inner or None) if inner or item.raw is not None else None
    if not inner or (not pairs and _says_nothing(item, inner, step)):
        return None
    origins.record(item.raw, inner)
    return item._replace(raw=inner)


def _says_nothing(item: Item, inner: Node, step: Step) -> bool:
    """Return whether an item that lost its values has only elements left that its criteria name or that described them.

    An element of the criteria counts with all it holds: the display beside a code of the criteria says nothing new.
    """
    criteria = {key for key, _ in step.criteria.skeleton} | {"id"}
    return {key.removeprefix("_") for key in inner} <= criteria or is_husk(item.key.type, item.raw, inner)


def _new_items(groups: Sequence[Sequence[Pair]], step: Step, rest: Sequence[Step], origins: Origins) -> list[Item]:
    if not groups:
        return []
    if len(step.keys) != 1:
        raise Unwritable(f"{step.name} can be of several types")
    made = [replaced(step.criteria.new(), rest, group, origins) for group in groups]
    return [Item(step.key, None, inner) if step.key.primitive else Item(step.key, inner) for inner in made]


# --- back into the object


def _stored(node: Node, step: Step, items: Sequence[Item]) -> Node:
    new = dict(node)
    used = {item.key for item in items}
    for key in step.keys if not items else fields(step.context, step.name):
        if key not in used:  # of a choice only one may be there
            new.pop(key.key, None)
            new.pop("_" + key.key, None)
    for key in used:
        raws, beside = [item.raw for item in items], [item.beside for item in items]
        if not step.many:
            _set(new, key.key, raws[0])
            _set(new, "_" + key.key, beside[0])
        elif any(one is not None for one in beside):
            new[key.key], new["_" + key.key] = raws, beside
            if all(one is None for one in raws):
                del new[key.key]
        else:
            set_or_drop(new, key.key, [raw for raw in raws if raw is not None])
            new.pop("_" + key.key, None)
    return new


def _set(new: Node, key: str, value: Any) -> None:
    if value is None:
        new.pop(key, None)
    else:
        new[key] = value
