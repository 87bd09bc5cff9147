"""Why MongoDB refuses a document, or does not answer, in the gateway's terms."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bson.errors import BSONError
from pymongo.errors import ConnectionFailure, DocumentTooLarge, ExecutionTimeout, OperationFailure

from gateway import errors

_TOO_LARGE, _DUPLICATE = (10334, 17419, 17420), 11000
TOO_LARGE_FOR_CACHE = 388

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def answering(function: Callable[Asked, Awaitable[Answer]]) -> Callable[Asked, Coroutine[Any, Any, Answer]]:
    """Busy (503) instead of the driver's error when the database is not there: it is not the request's fault."""

    @wraps(function)
    async def ask(*args: Asked.args, **named: Asked.kwargs) -> Answer:
        try:
            return await function(*args, **named)
        except (ConnectionFailure, ExecutionTimeout) as error:
            raise errors.Busy("The database does not answer; try again.") from error

    return ask


def explain(error: Exception) -> Exception:
    """Why MongoDB refuses a document, for the client that sent it; what is no refusal stays what it is."""
    codes = _codes(error)
    if isinstance(error, DocumentTooLarge) or codes & {*_TOO_LARGE}:
        return errors.TooLarge("The resource is larger than the 16 MB that can be stored as one document.")
    if TOO_LARGE_FOR_CACHE in codes:
        return errors.TooLarge(
            "The transaction is larger than the database can hold in memory: send several, or a batch."
        )
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
