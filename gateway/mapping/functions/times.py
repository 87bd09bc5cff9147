"""Functions on dates."""

from datetime import datetime
from typing import Any

from gateway.mapping.functions.shape import Function
from gateway.mapping.types.times import precision, span


def _precision(values: list[str]) -> str:
    return precision(values[0])


def _start(values: list[Any]) -> datetime:
    return span(values[0])[0]


def _end(values: list[Any]) -> datetime:
    return span(values[0])[1]


_DATE = frozenset({"date"})

FUNCTIONS = (
    Function("precision", _precision, _DATE, gives="text"),
    Function("start", _start, _DATE, gives="time"),
    Function("end", _end, _DATE, gives="time"),
)
