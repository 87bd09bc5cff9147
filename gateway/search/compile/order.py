"""The order of results: https://hl7.org/fhir/R4/search.html#sort"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.search.definitions.parameters import Parameter
from gateway.search.language.controls import Sort
from gateway.search.notation.eras import NO_DATE
from gateway.search.notation.tokens import chosen
from gateway.search.types import TYPES

_VALUE = {"$arrayElemAt": [{"$split": ["$$one", "|"]}, 1]}
"""The value of a token, `$$one`. In the order of whole tokens `smithson|` would come before `smith|`."""

_COLUMNS = {"identity": "_id", "updated": "u"}


@dataclass(frozen=True, slots=True)
class Key:
    """One step of the order: a field of the document, or one computed by a MongoDB expression."""

    field: str
    descending: bool
    computed: dict[str, Any] | None = None


def order(sort: Sequence[Sort], natural: str) -> tuple[Key, ...]:
    """Return the order that `_sort` asks for, which always ends with `_id`.

    Without `_sort` it is that of the field `natural`, the newest first; for "_id" the order of ids.
    """
    first = {by.parameter.name: by for by in reversed(sort)}  # a parameter named twice counts where it is named first
    keys = tuple(_key(number, by) for number, by in enumerate(sort) if first[by.parameter.name] is by)
    if not keys and natural != "_id":
        keys = (Key(natural, descending=True),)
    if any(key.field == "_id" for key in keys):
        return keys
    return (*keys, Key("_id", descending=bool(keys) and keys[-1].descending))


def _key(number: int, sort: Sort) -> Key:
    """Return one step of the order; `number` tells it from the other computed ones."""
    parameter = sort.parameter
    column = "at" if parameter.at else _COLUMNS.get(parameter.type)
    if column:
        return Key(column, sort.descending)
    return Key(f"s{number}", sort.descending, _computed(parameter, sort.descending))


def _computed(parameter: Parameter, descending: bool) -> dict[str, Any]:
    """Return the expression of a sort value: of several entries the one that comes first counts; a resource without
    entries is smaller than all others."""
    best = "$max" if descending else "$min"
    field = TYPES[parameter.type].FIELD
    if field == "k":
        named = chosen(*(f"{name}|" for name in parameter.stored))
        values = {"$map": {"input": named, "as": "one", "in": _VALUE}}
        return {"$ifNull": [{best: values}, ""]}
    named = {"$filter": {"input": f"${field}", "as": "one", "cond": {"$in": ["$$one.p", list(parameter.stored)]}}}
    end = "hi" if descending and field != "d" else "lo"  # dates go by their beginning, as `at` does
    ends = {"$map": {"input": named, "as": "one", "in": f"$$one.{end}"}}
    return {"$ifNull": [{best: ends}, NO_DATE if field == "d" else float("-inf")]}
