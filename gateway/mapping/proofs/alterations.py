"""Make the edits of a document that people and programs make.

Each field is taken out, put in, and changed in every part; items of lists are added, dropped and reversed. The edits
depend on the mapping and the document alone, so they are the same every time.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, NamedTuple

from gateway.mapping.mapping import Mapping
from gateway.mapping.places.place import Step
from gateway.mapping.reading.field import Field
from gateway.mapping.values.lens import Lens


class Edit(NamedTuple):
    """An edit of a document.

    document: the whole document after the edit.
    fields: the fields that the edit concerns.
    path: where in the document the edit was made.
    what: what was done there.
    """

    document: dict[str, Any]
    fields: tuple[Field, ...]
    path: str
    what: str


Change = tuple[str, str, Any]
"""(path below the value, what was done, the new value; None for nothing)"""


def edits(mapping: Mapping, document: dict[str, Any]) -> Iterator[Edit]:
    """Every edit of the writable fields of a plain document."""
    for field in mapping.record.fields:
        if field.read_only:
            continue
        for path, what, value in _of_field(field, document.get(field.name)):
            edited = {name: deepcopy(old) for name, old in document.items() if name != field.name}
            if value is not None:
                edited[field.name] = value
            yield Edit(edited, (field,), field.name + path, what)
    yield from _together(mapping, document)


TOGETHER = "taken out together"


def _together(mapping: Mapping, document: dict[str, Any]) -> Iterator[Edit]:
    """Take out all values behind one `where(…)` at once, for each `where(…)`."""
    groups = dict[tuple[Any, ...], list[Field]]()
    for field in mapping.record.fields:
        steps = field.place.steps if field.place is not None and field.name in document else ()
        criteria = next((number for number, step in enumerate(steps[:-1], 1) if step.criteria.skeleton), 0)
        if criteria and not field.read_only:
            groups.setdefault(_by_name(steps[:criteria]), []).append(field)
    for fields in groups.values():
        names = {field.name for field in fields}
        kept = {name: deepcopy(value) for name, value in document.items() if name not in names}
        yield Edit(kept, tuple(fields), ", ".join(sorted(names)), TOGETHER)


def _by_name(steps: tuple[Step, ...]) -> tuple[Any, ...]:
    """Return a key that is equal for equal places: the elements, and what their items must hold."""
    return tuple((step.name, str(step.criteria.skeleton)) for step in steps)


def _of_field(field: Field, value: Any) -> Iterator[Change]:
    if value is None:
        sample = _sample_of(field)
        if sample is not None:
            yield "", "put in", [sample] if field.many else sample
        return
    yield "", "taken out", None
    if field.many and isinstance(value, list):
        yield from _of_list(field.lens, value, _sample_of(field))
    else:
        yield from _of_value(field.lens, value)


def _of_list(lens: Lens, items: list[Any], sample: Any) -> Iterator[Change]:
    if len(items) > 1:
        yield "", "reversed", items[::-1]
    for index, item in enumerate(items):
        yield f"[{index}]", "dropped", [*items[:index], *items[index + 1 :]]
        for path, what, value in _of_value(lens, item):
            if value is not None:
                yield f"[{index}]{path}", what, [*items[:index], value, *items[index + 1 :]]
    if sample is not None:
        yield f"[{len(items)}]", "added", [*items, sample]
        yield "[0]", "added in front", [sample, *items]


def _of_value(lens: Lens, value: Any) -> Iterator[Change]:
    if not isinstance(value, dict):
        if (changed := _changed(value)) is not None:
            yield "", "changed", changed
        return
    free = {name: part for name, part in value.items() if name not in _following(lens)}
    for part in lens.parts:
        old = free.get(part.name)
        if old is None or part.name == "kind":
            continue
        rest = {name: other for name, other in free.items() if name != part.name}
        if rest:
            yield f".{part.name}", "taken out", rest
        inner = _of_list(part.lens, old, None) if part.many and isinstance(old, list) else _of_value(part.lens, old)
        for path, what, new in inner:
            yield f".{part.name}{path}", what, {**free, part.name: new}


def _following(lens: Lens) -> set[str]:
    return {part.name for part in lens.derived} - {part.name for part in lens.parts}


_YEAR = re.compile(r"(?<!\d)(19|20)(\d\d)(?=-|$)")


def _changed(value: Any) -> Any:
    """Return another value of the same kind: a date stays a date, and a reference a reference."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, Decimal):
        return value + Decimal((0, (1,), int(value.as_tuple().exponent)))
    if not isinstance(value, str):
        return None
    if _YEAR.match(value):
        return _YEAR.sub(lambda year: f"{year[1]}{(int(year[2]) + 1) % 100:02d}", value, count=1)
    return value[:-1] + ("1" if value[-1:] != "1" else "2")


def _sample_of(field: Field) -> Any:
    if field.codes is not None:
        return next(iter(field.codes.table.values()), None)
    return _SAMPLES.get(field.type) or _sample(field.lens)


def _sample(lens: Lens) -> Any:
    """Return an example value: for an object, its first two parts."""
    if lens.leaf:
        return _LEAVES.get(lens.leaf)
    parts: dict[str, Any] = {}
    for part in lens.parts:
        sample = _sample(part.lens) if len(parts) < 2 else None
        if sample is not None:
            parts[part.name] = [sample] if part.many else sample
    return parts or None


_LEAVES = {"text": "1", "number": Decimal("1.50"), "integer": 1, "boolean": True}
_CODED = {"system": "http://example.org/codes", "code": "a"}
_AMOUNT = {"number": Decimal("4.20"), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
_SAMPLES: dict[str, Any] = {
    "date": "1999-12",
    "time": "10:15:00",
    "moment": {"text": "2019-03-04T05:06:07Z"},
    "period": {"start_text": "2019-03-04"},
    "when": {"kind": "moment", "text": "2019-03-04T05:06:07Z"},
    "token": "http://example.org/codes|a",
    "key": "1",
    "coding": _CODED,
    "concept": {"codings": [_CODED], "text": "a"},
    "reference": {"reference": "Patient/1"},
    "identifier": {"system": "http://example.org/numbers", "value": "1"},
    "quantity": _AMOUNT,
    "value": {"kind": "quantity", **_AMOUNT},
    "range": {"low": _AMOUNT},
    "ratio": {"numerator": _AMOUNT, "denominator": _AMOUNT},
    "note": {"text": "a"},
}
