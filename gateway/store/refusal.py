"""Why MongoDB refuses a document, in the gateway's terms."""

from bson.errors import BSONError
from pymongo.errors import DocumentTooLarge, OperationFailure

from gateway import errors

_TOO_LARGE, _DUPLICATE = (10334, 17419, 17420), 11000


def explain(error: Exception) -> Exception:
    """Why MongoDB refuses a document, for the client that sent it; what is no refusal stays what it is."""
    codes = _codes(error)
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
