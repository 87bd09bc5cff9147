"""Functions on dates: their precision, and the range of time that they leave open."""

from datetime import datetime
from typing import Any

from gateway.mapping.functions.function import Function
from gateway.mapping.values.date_range import date_range, precision


def _precision(values: list[str]) -> str:
    return precision(values[0])


def _start(values: list[Any]) -> datetime:
    return date_range(values[0])[0]


def _end(values: list[Any]) -> datetime:
    return date_range(values[0])[1]


_DATE = frozenset({"date"})

FUNCTIONS = (
    Function("precision", _precision, _DATE, leaf="text"),
    Function("start", _start, _DATE, leaf="time"),
    Function("end", _end, _DATE, leaf="time"),
)
