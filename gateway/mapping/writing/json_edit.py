"""Find the values at a place in a JSON object, and put other values there.

Nothing is changed in place. Everything that an edit does not concern stays the same object, in the same order.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from gateway.fhir.path.type_model import JsonField as Key
from gateway.fhir.path.type_model import fields
from gateway.mapping.attached.tables import is_husk
from gateway.mapping.places.place import Step
from gateway.mapping.values.lens import Origins, Unwritable
from gateway.mapping.values.structures import set_or_drop

Node = dict[str, Any]


class ElementValue(NamedTuple):
    """One value of an element.

    beside: for a primitive, the object beside it under `_key`, which has its id and extensions.
    meant: whether it meets the criteria of the step.
    """

    key: Key
    raw: Any
    beside: Any = None
    meant: bool = True


Make = Callable[[ElementValue | None], ElementValue]
"""Make the new value of an element from the value it comes from, None for a new one. Called by `replaced`."""

Pair = tuple[int | None, Make | None]
"""(index of the value it comes from among those that `standing` returns, how it is made; None: it stays as it is)"""


def standing(node: Node, steps: Sequence[Step]) -> list[ElementValue]:
    """Return all values at the end of `steps`, in order.

    Raises Unwritable for JSON of another shape than R4 defines.
    """
    step, rest = steps[0], steps[1:]
    items = [item for item in _items(node, step) if item.meant]
    if not rest:
        return [item for item in items if item.raw is not None]
    return [value for item in items for value in standing(_inside(item), rest)]


def replaced(node: Node, steps: Sequence[Step], pairs: Sequence[Pair], origins: Origins) -> Node:
    """Return `node` with the values of `pairs` at the end of `steps`, in that order. Raises Unwritable."""
    step, rest = steps[0], steps[1:]
    items = _items(node, step)
    changed = _at_end(items, step, pairs) if not rest else _inside_items(items, step, rest, pairs, origins)
    if not step.many and len(changed) > 1:
        raise Unwritable(f"there can be only one {step.name}: write one value")
    return _stored(node, step, changed)


def _items(node: Node, step: Step) -> list[ElementValue]:
    """Return all values of the element.

    If a choice has several types, which R4 forbids, the first in the JSON counts.
    """
    present = [key for key in step.keys if key.key in node or "_" + key.key in node]
    if len(present) > 1:
        order = list(node)
        present.sort(key=lambda key: order.index(key.key) if key.key in node else len(order))
    values = [item for key in present[:1] for item in _of_key(node, key, step)]
    if not step.first:
        return values
    first = next((number for number, item in enumerate(values) if item.meant), None)
    return [item._replace(meant=number == first) for number, item in enumerate(values)]


def _of_key(node: Node, key: Key, step: Step) -> list[ElementValue]:
    raw, beside = node.get(key.key), node.get("_" + key.key) if key.primitive else None
    if not step.many:
        _check_shape(raw, key)
        return [ElementValue(key, raw, beside, step.criteria.matches(raw, beside))]
    if raw.__class__ not in (list, type(None)) or beside.__class__ not in (list, type(None)):
        raise Unwritable(f"{step.name} is not of the shape its definition gives")
    raws, companions = raw or [], beside or []
    count = max(len(raws), len(companions))
    raws, companions = [*raws, *[None] * (count - len(raws))], [*companions, *[None] * (count - len(companions))]
    for value in raws:
        _check_shape(value, key)
    return [
        ElementValue(key, value, companion, step.criteria.matches(value, companion))
        for value, companion in zip(raws, companions, strict=True)
    ]


def _check_shape(raw: Any, key: Key) -> None:
    if raw is not None and not isinstance(raw, key.shapes):
        raise Unwritable(f"{key.key} is not of the shape its definition gives")


def _inside(item: ElementValue) -> Node:
    """Return the object in which the next element stands: for a primitive, the object beside it."""
    inner = item.beside if item.key.primitive else item.raw
    return inner if isinstance(inner, dict) else {}


# --- at the end of the way


def _at_end(items: Sequence[ElementValue], step: Step, pairs: Sequence[Pair]) -> list[ElementValue]:
    waiting, wanted = deque(pairs), {index for index, _ in pairs}
    new = ElementValue(step.key, step.criteria.new()) if step.criteria.skeleton else None
    changed: list[ElementValue] = []
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
        bare = changed.pop()  # the new value keeps the id and extensions that stood there without a value
        if added[0].key == bare.key:
            added[0] = added[0]._replace(beside=bare.beside)
    return [*changed, *added]


def _made(make: Make | None, item: ElementValue | None) -> ElementValue:
    if make is None:
        assert item is not None
        return item
    made = make(item)
    if item is None or item.key != made.key or made.beside is not None:
        return made
    return made._replace(beside=item.beside)


# --- on the way


def _inside_items(
    items: Sequence[ElementValue], step: Step, rest: Sequence[Step], pairs: Sequence[Pair], origins: Origins
) -> list[ElementValue]:
    counts = [len(standing(_inside(item), rest)) if item.meant else 0 for item in items]
    groups, fresh = _distributed(items, counts, pairs, roomy=any(later.many and not later.first for later in rest))
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
    items: Sequence[ElementValue], counts: Sequence[int], pairs: Sequence[Pair], *, roomy: bool
) -> tuple[dict[int, list[Pair]], dict[int, list[list[Pair]]]]:
    """Return which item each value goes into, and by the item that they follow (-1: the start), the new items.

    `roomy`: whether an item can hold several values. Then a new value joins the item of the value before it, or of the
    value after it if there is none before.
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
    item: ElementValue, step: Step, rest: Sequence[Step], pairs: Sequence[Pair], origins: Origins
) -> ElementValue | None:
    """Return the item with other values inside, None if nothing is left but what its criteria name."""
    inner = replaced(_inside(item), rest, pairs, origins)
    if item.key.primitive:
        return item._replace(beside=inner or None) if inner or item.raw is not None else None
    if not inner or (not pairs and _says_nothing(item, inner, step)):
        return None
    origins.record(item.raw, inner)
    return item._replace(raw=inner)


def _says_nothing(item: ElementValue, inner: Node, step: Step) -> bool:
    """Return whether an item that lost its values holds only what its criteria name, or what described the values.

    An element that the criteria name counts as a whole: a display beside a code of the criteria adds nothing.
    """
    criteria = {key for key, _ in step.criteria.skeleton} | {"id"}
    return {key.removeprefix("_") for key in inner} <= criteria or is_husk(item.key.type, item.raw, inner)


def _new_items(
    groups: Sequence[Sequence[Pair]], step: Step, rest: Sequence[Step], origins: Origins
) -> list[ElementValue]:
    if not groups:
        return []
    if len(step.keys) != 1:
        raise Unwritable(f"{step.name} can be of several types: say which in the path, by ofType()")
    made = [replaced(step.criteria.new(), rest, group, origins) for group in groups]
    return [
        ElementValue(step.key, None, inner) if step.key.primitive else ElementValue(step.key, inner) for inner in made
    ]


# --- back into the object


def _stored(node: Node, step: Step, items: Sequence[ElementValue]) -> Node:
    new = dict(node)
    used = {item.key for item in items}
    for key in step.keys if not items else fields(step.context, step.name):
        if key not in used:  # only one type of a choice may be present
            new.pop(key.key, None)
            new.pop("_" + key.key, None)
    for key in used:
        raws, beside = [item.raw for item in items], [item.beside for item in items]
        if not step.many:
            _set(new, key.key, raws[0])
            _set(new, "_" + key.key, beside[0])
        elif any(companion is not None for companion in beside):
            new[key.key], new["_" + key.key] = raws, beside
            if all(value is None for value in raws):
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
