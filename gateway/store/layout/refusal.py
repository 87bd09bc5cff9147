"""Turn errors of MongoDB into errors of the gateway: why a document is refused, or that the database does not
answer."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pymongo
from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, DocumentTooLarge, ExecutionTimeout, NetworkTimeout, OperationFailure

from gateway import budget, errors

NO_ROOM_TEXT = (
    "There is more to store and to index than the database's cache holds in one transaction; send less at once."
)

TOO_LARGE_FOR_CACHE = 388
_TOO_LARGE, _DUPLICATE_KEY = {10334, 17419, 17420}, 11000

_NO_TIME = 0.001
"""Seconds for a timeout that has already passed, because PyMongo takes 0 as no timeout."""

_ROUND_TRIP = 0.1
"""Seconds before the end of the budget at which MongoDB gives up, so that its answer arrives in time."""

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def raises_busy(function: Callable[Arguments, Awaitable[Answer]]) -> Callable[Arguments, Coroutine[Any, Any, Answer]]:
    """Decorate a function that asks the database: it raises Busy instead of the driver's error for a database that is
    away.

    The function gets no more time than the budget of the current request allows, and raises TooCostly when that is
    spent.
    """

    @wraps(function)
    async def limited(*args: Arguments.args, **named: Arguments.kwargs) -> Answer:
        allowance = budget.current()
        try:
            if allowance is None:
                return await function(*args, **named)
            async with allowance.limited():
                with pymongo.timeout(allowance.seconds_left or _NO_TIME):
                    return await function(*args, **named)
        except (ConnectionFailure, ExecutionTimeout) as error:
            if allowance is not None and isinstance(error, NetworkTimeout | ExecutionTimeout):
                raise allowance.too_late() from error
            raise errors.Busy("The database does not answer; try again.") from error

    return limited


def check_deadline() -> None:
    """Raise TooCostly if MongoDB gave up because the budget of the current request is about to end."""
    allowance = budget.current()
    if allowance is not None and allowance.seconds_left < _ROUND_TRIP:
        raise allowance.too_late()


def explain(error: Exception) -> Exception:
    """Return the error for the client whose document MongoDB refuses. An error that is no refusal is returned as it
    is."""
    codes = _codes(error)
    if TOO_LARGE_FOR_CACHE in codes:
        return errors.TooLarge(NO_ROOM_TEXT)
    if isinstance(error, DocumentTooLarge) or codes & _TOO_LARGE:
        return errors.TooLarge("The resource is larger than the 16 MB that can be stored as one document.")
    if _DUPLICATE_KEY in codes:
        return errors.Conflict("Another resource already holds a value that must be unique.")
    if isinstance(error, BSONError | OverflowError | UnicodeError):
        return errors.Invalid(f"The resource holds a value that cannot be stored: {type(error).__name__}.")
    return error


def _codes(error: Exception) -> set[int]:
    if not isinstance(error, OperationFailure):
        return set()
    write_errors = (error.details or {}).get("writeErrors", [])
    codes = (error.code, *(write_error.get("code") for write_error in write_errors))
    return {code for code in codes if code is not None}
