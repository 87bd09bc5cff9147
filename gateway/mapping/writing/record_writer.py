"""Documents back to FHIR: each field that was edited, into the JSON at its place; all else stays as it is.

Whatever is written is read again: an edit that would not come back as it was made is refused, so that
`get(put(document, resource))` is the document, always.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.fhir.path import PathError
from gateway.mapping.reading.field import Field, Record
from gateway.mapping.values.edits import plain
from gateway.mapping.values.kinds import KIND
from gateway.mapping.values.lens import Odd, Origins, Unwritable
from gateway.mapping.values.structures import pairs, read_plain
from gateway.mapping.writing.json_edit import Item, Make, Node, Pair, replaced, standing

Values = Mapping[str, Any]


def put_record(record: Record, value: Any, raw: Any, origins: Origins) -> Node:
    """The object `raw` (None: a new one) so that the fields read from it are `value`. Raises Unwritable."""
    if not isinstance(value, dict):
        raise Unwritable("an object is due")
    new = written(record, raw if isinstance(raw, dict) else {}, value, read_plain(record.read, raw), origins)
    if not new:
        raise Unwritable("empty; leave it out instead")
    origins.record(raw, new)
    return new


def written(record: Record, node: Node, wanted: Values, old: Values, origins: Origins) -> Node:
    """`node`, from which `old` was read, so that `wanted` is read from it. Raises Unwritable with the field's name."""
    for name in wanted:
        if not any(field.name == name for field in record.fields):
            raise Unwritable("there is no such field", name)
    edited = [field for field in record.fields if not _agrees(field, wanted.get(field.name), old.get(field.name))]
    writable = [field for field in edited if not field.read_only]
    new = node
    # What goes goes first: a value and the reason for its absence may change places.
    for field in sorted(writable, key=lambda field: field.name in wanted):
        try:
            new = _put(field, new, wanted.get(field.name), old.get(field.name), origins)
        except Unwritable as error:
            raise error.below(field.name) from None
    _compare(record, edited, wanted, old, read_plain(record.read, new))
    return new


def _put(field: Field, node: Node, wanted: Any, old: Any, origins: Origins) -> Node:
    if field.expression is None:
        return written(field.record, node, wanted or {}, old or {}, origins) if field.record else node
    if field.place is None:
        raise Unwritable("can only be read")
    values, found = _values(field, node)
    try:
        return replaced(node, field.place.steps, _pairs(field, wanted, values, found, origins), origins)
    except Unwritable as error:
        if field.many:
            raise
        raise Unwritable(error.reason, error.path.removeprefix("[0]").removeprefix(".")) from None


def _values(field: Field, node: Node) -> tuple[list[Any], list[Item]]:
    """What the field reads of each item at its place, None where that is nothing."""
    assert field.place is not None and field.expression is not None
    found = standing(node, field.place.steps)
    counted = found[:1] if field.place.first else found
    try:
        read = field.expression.typed(node)
    except PathError as error:
        raise Unwritable(error.reason) from None
    if [raw for _, raw in read] != [item.raw for item in counted]:
        raise Unwritable("the resource is not of a shape that could be written to here")
    return [_value(field, item) for item in counted] + [None] * (len(found) - len(counted)), found


def _value(field: Field, item: Item) -> Any:
    try:
        value = field.value_of(item.key.type, item.raw, [])
    except Odd:
        return None
    return None if value is None else plain(value)


def _pairs(field: Field, wanted: Any, values: list[Any], found: Sequence[Item], origins: Origins) -> list[Pair]:
    def put(value: Any, item: Item | None) -> Item:
        return _made(field, value, item, origins)

    if field.many:
        return _in_order(pairs(values, wanted, field.lens, put), found)
    readable = [value for value in values if value is not None]
    if len(readable) > 1:
        raise Unwritable(f"the resource has {len(readable)} values here; which is meant nobody has said")
    if wanted is not None and len(found) == 1:
        return [(0, lambda item: put(wanted, item))]  # a single value is written into the element that is there
    return pairs(values, [] if wanted is None else [wanted], field.lens, put)


def _in_order(wanted: Sequence[Pair], found: Sequence[Item]) -> list[Pair]:
    """Those that went back in the list as new ones that are what they were, with all that stands beside them."""
    ordered: list[Pair] = []
    last = -1
    for index, make in wanted:
        if index is not None and index < last:
            ordered.append((None, _carried(found[index], make)))
        else:
            ordered.append((index, make))
            last = last if index is None else index
    return ordered


def _carried(item: Item, make: Make | None) -> Make:
    return lambda _: item if make is None else make(item)._replace(beside=item.beside)


def _made(field: Field, value: Any, item: Item | None, origins: Origins) -> Item:
    """The value as JSON: of the FHIR type that stands there already if it can be, else of the first that can."""
    assert field.place is not None
    if field.codes is not None:
        value = _code(field, value)
    keys = list(field.place.steps[-1].keys)
    if item is not None:
        keys.sort(key=lambda key: key != item.key)
    refusals = []
    for key in keys:
        lens = field.lens_of(key.type)
        if lens is None or lens.put is None:
            continue
        try:
            raw = item.raw if item is not None and item.key == key else None
            return Item(key, lens.put(value, raw, origins))
        except Unwritable as error:
            refusals.append(error)
    raise _told_best(field, refusals)


def _told_best(field: Field, refusals: Sequence[Unwritable]) -> Unwritable:
    """Of the types that refused the value, the one that it was meant for tells why."""
    meant = [error for error in refusals if error.path != KIND]
    if meant:
        return meant[0]
    kinds = ", ".join(dict.fromkeys(error.reason for error in refusals))
    return Unwritable(f"one of the kinds {kinds} is due", KIND) if kinds else Unwritable(f"{field.type} is only read")


def _code(field: Field, value: Any) -> str:
    assert field.codes is not None
    if not isinstance(value, str):
        raise Unwritable("text is due")
    code = field.codes.back(value)
    if code is None:
        raise Unwritable("the code map leads to no such code")
    return code


def _compare(record: Record, edited: Sequence[Field], wanted: Values, old: Values, new: Values) -> None:
    """Refuse what would not come back."""
    for field in record.fields:
        asked, was, is_ = (values.get(field.name) for values in (wanted, old, new))
        if field.read_only:
            if asked is not None and not any(_agrees(field, asked, one) for one in (was, is_)):
                raise Unwritable("is read-only", field.name)
        elif asked == is_ or _told(field, asked) == _told(field, is_):
            continue
        elif field in edited:
            raise Unwritable("would not be read again as it was written", field.name)
        else:
            raise Unwritable(_clash(field, edited), field.name)


def _clash(field: Field, edited: Sequence[Field]) -> str:
    """Two fields that stand at one place, such as two types of a choice, cannot be set apart from each other."""
    near = [one for one in edited if one.place and field.place and one.place.overlaps(field.place)]
    names = " or ".join(one.name for one in near or edited)
    return f"would be changed by writing {names}, which holds the same element: edit both alike, or leave one out"


def _agrees(field: Field, asked: Any, found: Any) -> bool:
    """Whether a value is as it is found, save for what follows from the rest of it and was left out."""
    return bool(asked == found) or (_told(field, asked) == _told(field, found) and _within(asked, found))


def _within(asked: Any, found: Any) -> bool:
    if isinstance(asked, dict) and isinstance(found, dict):
        return all(name in found and _within(part, found[name]) for name, part in asked.items())
    if isinstance(asked, list) and isinstance(found, list) and len(asked) == len(found):
        return all(map(_within, asked, found))
    return bool(asked == found)


def _told(field: Field, value: Any) -> Any:
    """The value without what follows from the rest of it."""
    if field.many and isinstance(value, list):
        return [field.lens.told(item) for item in value]
    return field.lens.told(value)
