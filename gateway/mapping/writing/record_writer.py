"""Write documents back to FHIR: each edited field into the JSON at its place; everything else stays as it is.

What was written is read again. An edit that would not be read as it was made is refused, so that
`get(put(document, resource))` always is the document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.fhir.path import PathError
from gateway.mapping.reading.field import Field, Record
from gateway.mapping.values.edits import plain
from gateway.mapping.values.kinds import KIND, WrongKind
from gateway.mapping.values.lens import Origins, Unreadable, Unwritable
from gateway.mapping.values.structures import pairs, read_plain
from gateway.mapping.writing.json_edit import ElementValue, Make, Node, Pair, replaced, standing

Values = Mapping[str, Any]


def put_record(record: Record, value: Any, raw: Any, origins: Origins) -> Node:
    """Return `raw` (None: a new object) changed so that its fields are read as `value`. Raises Unwritable."""
    if not isinstance(value, dict):
        raise Unwritable("must be an object")
    new = write_fields(record, raw if isinstance(raw, dict) else {}, value, read_plain(record.read, raw), origins)
    if not new:
        raise Unwritable("must not be empty: leave it out instead")
    origins.record(raw, new)
    return new


def write_fields(record: Record, node: Node, wanted: Values, old: Values, origins: Origins) -> Node:
    """Return `node`, from which `old` was read, changed so that `wanted` is read from it.

    Raises Unwritable with the name of the field as its path.
    """
    for name in wanted:
        if not any(field.name == name for field in record.fields):
            raise Unwritable("there is no such field", name)
    edited = [field for field in record.fields if not _agrees(field, wanted.get(field.name), old.get(field.name))]
    writable = [field for field in edited if not field.read_only]
    new = node
    # Fields are removed before others are written: a value and the reason for its absence may change places.
    for field in sorted(writable, key=lambda field: field.name in wanted):
        try:
            new = _put(field, new, wanted.get(field.name), old.get(field.name), origins)
        except Unwritable as error:
            raise error.below(field.name) from None
    _refuse_if_read_differently(record, edited, wanted, old, read_plain(record.read, new))
    return new


def _put(field: Field, node: Node, wanted: Any, old: Any, origins: Origins) -> Node:
    if field.expression is None:
        return write_fields(field.record, node, wanted or {}, old or {}, origins) if field.record else node
    if field.place is None:
        raise Unwritable("can only be read: leave it out, or send it as it was")
    values, found = _values(field, node)
    try:
        return replaced(node, field.place.steps, _value_pairs(field, wanted, values, found, origins), origins)
    except Unwritable as error:
        if field.many:
            raise
        raise Unwritable(error.reason, error.path.removeprefix("[0]").removeprefix(".")) from None


def _values(field: Field, node: Node) -> tuple[list[Any], list[ElementValue]]:
    """Return the value that the field reads from each item at its place (None: nothing), and the items."""
    assert field.place is not None and field.expression is not None
    items = standing(node, field.place.steps)
    counted = items[:1] if field.place.first else items
    try:
        read = field.expression.typed(node)
    except PathError as error:
        raise Unwritable(error.reason) from None
    if [raw for _, raw in read] != [item.raw for item in counted]:
        raise Unwritable("cannot be written: the resource holds something here that R4 does not allow")
    return [_value(field, item) for item in counted] + [None] * (len(items) - len(counted)), items


def _value(field: Field, item: ElementValue) -> Any:
    try:
        value = field.value_of(item.key.type, item.raw, [])
    except Unreadable:
        return None
    return None if value is None else plain(value)


def _value_pairs(
    field: Field, wanted: Any, values: list[Any], items: Sequence[ElementValue], origins: Origins
) -> list[Pair]:
    def put(value: Any, item: ElementValue | None) -> ElementValue:
        return _write_value(field, value, item, origins)

    if field.many:
        return _in_order(pairs(values, wanted, field.lens, put), items)
    readable = [value for value in values if value is not None]
    if len(readable) > 1:
        raise Unwritable(f"cannot be written: the resource has {len(readable)} values here, and a field holds one")
    if wanted is not None and len(items) == 1:
        return [(0, lambda item: put(wanted, item))]  # a single value is written into the element that is there
    return pairs(values, [] if wanted is None else [wanted], field.lens, put)


def _in_order(value_pairs: Sequence[Pair], items: Sequence[ElementValue]) -> list[Pair]:
    """Return the pairs with each item that moved to the front as a new item, which keeps all that it holds.

    `replaced` takes pairs in the order of the old items only.
    """
    ordered: list[Pair] = []
    last = -1
    for index, make in value_pairs:
        if index is not None and index < last:
            ordered.append((None, _moved(items[index], make)))
        else:
            ordered.append((index, make))
            last = last if index is None else index
    return ordered


def _moved(item: ElementValue, make: Make | None) -> Make:
    return lambda _: item if make is None else make(item)._replace(beside=item.beside)


def _write_value(field: Field, value: Any, item: ElementValue | None, origins: Origins) -> ElementValue:
    """Return the value as JSON, of the FHIR type that is there already if possible, else of the first that takes it."""
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
            return ElementValue(key, lens.put(value, raw, origins))
        except Unwritable as error:
            refusals.append(error)
    raise _most_helpful(field, refusals)


def _most_helpful(field: Field, refusals: Sequence[Unwritable]) -> Unwritable:
    """Return the refusal of the type that the value was meant for, else one that names all kinds."""
    meant = [refusal for refusal in refusals if not isinstance(refusal, WrongKind)]
    if meant:
        return meant[0]
    kinds = ", ".join(dict.fromkeys(refusal.kind for refusal in refusals if isinstance(refusal, WrongKind)))
    if kinds:
        return Unwritable(f"must be one of {kinds}", KIND)
    return Unwritable(f"the type {field.type} can only be read")


def _code(field: Field, value: Any) -> str:
    assert field.codes is not None
    if not isinstance(value, str):
        raise Unwritable("must be text")
    code = field.codes.reverse(value)
    if code is None:
        raise Unwritable("must be one of the codes that the code map gives")
    return code


def _refuse_if_read_differently(
    record: Record, edited: Sequence[Field], wanted: Values, old: Values, new: Values
) -> None:
    """Raise Unwritable for a field that would not be read again as it was written."""
    for field in record.fields:
        sent, before, after = (values.get(field.name) for values in (wanted, old, new))
        if field.read_only:
            if sent is not None and not any(_agrees(field, sent, value) for value in (before, after)):
                raise Unwritable("is read-only: leave it out, or send it as it was", field.name)
        elif sent == after or _without_derived(field, sent) == _without_derived(field, after):
            continue
        elif field in edited:
            raise Unwritable("would not be read again as it was written", field.name)
        else:
            raise Unwritable(_clash(field, edited), field.name)


def _clash(field: Field, edited: Sequence[Field]) -> str:
    """Return the refusal of an edit that changes a field at the same place, such as another type of a choice."""
    near = [other for other in edited if other.place and field.place and other.place.overlaps(field.place)]
    names = " or ".join(other.name for other in near or edited)
    return f"would be changed by writing {names}, which holds the same element: edit both alike, or leave one out"


def _agrees(field: Field, sent: Any, read: Any) -> bool:
    """Return whether a value is as it was read, except for derived parts that were left out."""
    return bool(sent == read) or (
        _without_derived(field, sent) == _without_derived(field, read) and _within(sent, read)
    )


def _within(sent: Any, read: Any) -> bool:
    if isinstance(sent, dict) and isinstance(read, dict):
        return all(name in read and _within(part, read[name]) for name, part in sent.items())
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return all(map(_within, sent, read))
    return bool(sent == read)


def _without_derived(field: Field, value: Any) -> Any:
    """Return the value without its derived parts."""
    if field.many and isinstance(value, list):
        return [field.lens.without_derived(item) for item in value]
    return field.lens.without_derived(value)
