"""Why MongoDB refuses a document, or does not answer, in the gateway's terms."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pymongo
from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, DocumentTooLarge, ExecutionTimeout, NetworkTimeout, OperationFailure

from gateway import budget, errors

NO_ROOM = "There is more to store and to index than the database's cache holds in one transaction; send less at once."

TOO_LARGE_FOR_CACHE = 388
_TOO_LARGE, _DUPLICATE = (10334, 17419, 17420), 11000

_AT_ONCE = 0.001
"""Seconds for a timeout that has already passed: 0 would mean no timeout."""

_ROUND_TRIP = 0.1

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def raises_busy(function: Callable[Asked, Awaitable[Answer]]) -> Callable[Asked, Coroutine[Any, Any, Answer]]:
    """Ask the database for no longer than the budget of the current request allows.

    Raises TooCostly when the budget is spent, and Busy instead of the driver's error when the database is not
    available, which is not the fault of the request.
    """

    @wraps(function)
    async def ask(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        allowance = budget.current()
        try:
            if allowance is None:
                return await function(*args, **named)
            async with allowance.limited():
                with pymongo.timeout(allowance.seconds_left or _AT_ONCE):
                    return await function(*args, **named)
        except (ConnectionFailure, ExecutionTimeout) as error:
            if allowance is not None and isinstance(error, NetworkTimeout | ExecutionTimeout):
                raise allowance.too_late() from error
            raise errors.Busy("The database does not answer; try again.") from error

    return ask


def check_deadline() -> None:
    """Raise TooCostly if the budget of the current request is about to end: MongoDB stops a round trip earlier."""
    allowance = budget.current()
    if allowance is not None and allowance.seconds_left < _ROUND_TRIP:
        raise allowance.too_late()


def explain(error: Exception) -> Exception:
    """Why MongoDB refuses a document, for the client that sent it; what is no refusal stays what it is."""
    codes = _codes(error)
    if TOO_LARGE_FOR_CACHE in codes:
        return errors.TooLarge(NO_ROOM)
    if isinstance(error, DocumentTooLarge) or codes & {*_TOO_LARGE}:
        return errors.TooLarge("The resource is larger than the 16 MB that can be stored as one document.")
    if _DUPLICATE in codes:
        return errors.Conflict("Another resource already holds a value that must be unique.")
    if isinstance(error, BSONError | OverflowError | UnicodeError):
        return errors.Invalid(f"The resource holds a value that cannot be stored: {type(error).__name__}.")
    return error


def _codes(error: Exception) -> set[int]:
    if not isinstance(error, OperationFailure):
        return set()
    inner = (error.details or {}).get("writeErrors", [])
    return {code for code in (error.code, *(one.get("code") for one in inner)) if code is not None}
