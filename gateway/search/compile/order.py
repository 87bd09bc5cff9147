"""The order of results: https://hl7.org/fhir/R4/search.html#sort"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.search.definitions.parameters import Parameter
from gateway.search.language.controls import Sort
from gateway.search.notation.tokens import chosen
from gateway.search.types import TYPES

NO_DATE = -(2**63)
"""`at` of a resource without its main date."""

_VALUE = {"$arrayElemAt": [{"$split": ["$$one", "|"]}, 1]}
"""What a token is sorted by: its value, not its name, nor what follows: behind `smith|` comes `smithson|`."""

_COLUMNS = {"identity": "_id", "updated": "u"}


@dataclass(frozen=True, slots=True)
class Key:
    """One step of the order: a field of the document, or one computed by a MongoDB expression."""

    field: str
    descending: bool
    computed: dict[str, Any] | None = None


def order(sort: Sequence[Sort], usual: str) -> tuple[Key, ...]:
    """As asked for, always ending with `_id`. If nothing is asked for: by the field `usual`, the newest first; "_id" is
    in order of ids."""
    first = {one.parameter.name: one for one in reversed(sort)}  # what is named twice counts where it is named first
    keys = tuple(_key(number, one) for number, one in enumerate(sort) if first[one.parameter.name] is one)
    if not keys and usual != "_id":
        keys = (Key(usual, descending=True),)
    if any(key.field == "_id" for key in keys):
        return keys
    return (*keys, Key("_id", descending=bool(keys) and keys[-1].descending))


def _key(number: int, sort: Sort) -> Key:
    parameter = sort.parameter
    column = "at" if parameter.at else _COLUMNS.get(parameter.type)
    if column:
        return Key(column, sort.descending)
    return Key(f"s{number}", sort.descending, _computed(parameter, sort.descending))


def _computed(parameter: Parameter, descending: bool) -> dict[str, Any]:
    """Of several entries the one that comes first counts; resources without any are smaller than all others."""
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
