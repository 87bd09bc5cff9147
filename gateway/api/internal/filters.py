"""Read the parameters of a list: conditions on any field by its dotted name, order, page and count."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.api.call.call import Pairs
from gateway.api.internal import shape, shortcuts
from gateway.api.internal.shape import ANY, OBJECT, DocumentField
from gateway.api.internal.values import READ
from gateway.errors import BadRequest
from gateway.store.internal.filters import OPERATORS, FieldCondition, every, where

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
CONTROLS = ("sort", "limit", "after", "count")
_LONGEST_PREFIX = 1_000
_MOST_CONDITIONS = 50
_COMMA = re.compile(r"(?<!\\),")
_ORDERED = ("gt", "ge", "lt", "le")

Known = Mapping[str, DocumentField]


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """`sort`: (dotted field, 1 or -1, kind of its values)."""

    filter: dict[str, Any]
    sort: tuple[tuple[str, int, str], ...]
    limit: int
    after: str
    count: bool


def parse(known: Known, given: Pairs) -> DocumentQuery:
    """Read the parameters. Raises BadRequest, which names the parameter."""
    controls = _controls(given)
    conditions: list[FieldCondition] = []
    shorthands: list[dict[str, Any]] = []
    newest_first = False
    for name, value in given:
        if name in CONTROLS:
            continue
        if (short := shortcuts.SHORTCUTS.get(name)) and short.applies(known):
            shorthands.append(short.filter(known, value))
            newest_first = newest_first or name == shortcuts.PATIENT
        else:
            conditions.append(condition(known, name, value))
    if len(conditions) > _MOST_CONDITIONS:
        raise BadRequest(f"at most {_MOST_CONDITIONS} conditions can be asked at once")
    own = where(conditions)
    return DocumentQuery(
        every([*shorthands, own] if own else shorthands),
        _sort(known, controls.get("sort", _default(known) if newest_first else "")),
        limit(controls.get("limit")),
        controls.get("after", ""),
        _flag(controls.get("count", "false")),
    )


def condition(known: Known, name: str, text: str) -> FieldCondition:
    """Read a condition such as `names.family:prefix=Sm`. Raises BadRequest."""
    dotted, _, operator = name.partition(":")
    operator = operator or "eq"
    steps, element = _found(known, name, dotted)
    if operator not in OPERATORS:
        raise _bad(name, f"there is no operator {operator[:20]!r}; there are {', '.join(OPERATORS)}")
    try:
        return FieldCondition(steps, operator, _value(element, operator, text))
    except ValueError as error:
        inner = ", ".join(f"{dotted}.{inner}" for inner in element.inside)
        raise _bad(name, f"{error}: {inner}" if element.kind == OBJECT else str(error)) from None


def _found(known: Known, name: str, dotted: str) -> shape.Found:
    found = shape.find(known, dotted)
    if found is None:
        raise _bad(name, f"there is no field {dotted[:64]!r}; there are {', '.join(shape.nearest(known, dotted))}")
    return found


def _value(element: DocumentField, operator: str, text: str) -> Any:
    if operator == "exists":
        return READ["boolean"](text)
    if element.kind == OBJECT:
        raise ValueError("an object can only be asked whether it exists; its parts are")
    if operator == "in":
        return [value for part in _COMMA.split(text) for value in _each(element.kind, part.replace("\\,", ","))]
    if operator == "prefix" and (element.kind != "text" or len(text) > _LONGEST_PREFIX):
        raise ValueError(f"a prefix is for texts, and of at most {_LONGEST_PREFIX} characters")
    if operator in _ORDERED and element.kind in (ANY, "boolean"):
        raise ValueError("the values of this field have no order")
    return READ[element.kind](text)


def _each(kind: str, text: str) -> list[Any]:
    value = READ[kind](text)
    return value if isinstance(value, list) else [value]


def _controls(given: Pairs) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in given:
        if name in CONTROLS:
            if name in found:
                raise _bad(name, "can be given once")
            found[name] = value
    return found


def _sort(known: Known, text: str) -> tuple[tuple[str, int, str], ...]:
    keys = [_key(known, part.strip()) for part in text.split(",") if part.strip()]
    names = [name for name, _, _ in keys]
    return tuple(keys[: names.index("_id") + 1] if "_id" in names else keys)  # no two have the same _id


def _key(known: Known, part: str) -> tuple[str, int, str]:
    dotted = part.removeprefix("-")
    steps, element = _found(known, "sort", dotted)
    if element.kind in (OBJECT, ANY) or any(step.many for step in steps):
        raise _bad("sort", f"{dotted} has no order: a field with a single value has one")
    return dotted, -1 if part.startswith("-") else 1, element.kind


def _default(known: Known) -> str:
    """Return the default order: a patient's documents come newest first."""
    return next((f"-{dotted}" for dotted in ("effective.start", "period.start") if shape.find(known, dotted)), "")


def limit(text: str | None) -> int:
    """Read the size of a page. Raises BadRequest."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise _bad("limit", "limit must be a number above 0")
    return min(int(text), MAX_LIMIT)


def _flag(text: str) -> bool:
    try:
        return bool(READ["boolean"](text))
    except ValueError as error:
        raise _bad("count", str(error)) from None


def _bad(name: str, text: str) -> BadRequest:
    return BadRequest(f"{name[:64]}: {text}", expression=name[:64])


def single(given: Pairs, allowed: Iterable[str]) -> dict[str, str]:
    """Return parameters that may each occur once. Raises BadRequest for any other."""
    found = dict(given)
    for name in found:
        if name not in allowed:
            raise _bad(name, f"there is no such parameter; there are {', '.join(allowed)}")
    return found
