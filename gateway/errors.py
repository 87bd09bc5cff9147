"""Every error the gateway raises on purpose. The tree:

GatewayError                    500 exception
  x BadRequest                  400 invalid          the request cannot be understood
    + Malformed                 400 structure        not JSON, or not a resource
    + NotSupported              400 not-supported    understood, but not offered (an unknown search parameter…)
  x TooCostly                   400 too-costly       more than one request may use: time, bytes, documents, values
  x Unauthorized                401 login
  x Forbidden                   403 forbidden
  x NotFound                    404 not-found
  x MethodNotAllowed            405 not-supported
  x NotAcceptable               406 not-supported
  x Late                        408 timeout          the body stopped coming
  x Conflict                    409 conflict
  x Gone                        410 deleted
  x PreconditionFailed          412 conflict
    + MultipleMatches           412 multiple-matches
  x TooLarge                    413 too-long
  x UnsupportedMediaType        415 not-supported
  x Misdirected                 421 security         the request is for another server
  x Invalid                     422 processing       valid JSON, but not a valid resource; carries all issues
  x TooManyRequests             429 throttled        too many attempts of one client
  x Busy                        503 transient        try again
  x ConfigurationError          500 exception        settings, partners or mappings: names file and line

Codes are those of https://hl7.org/fhir/R4/valueset-issue-type.html. One place (`api/reply/respond.py`) turns an error
into an OperationOutcome. No text may hold patient data other than what the client itself has just sent.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding. `expression` is FHIRPath from the resource (`Patient.contact[0].name`), empty if none applies."""

    severity: Severity
    code: str
    text: str
    expression: str = ""


class GatewayError(Exception):
    """write: the position of the faulty write among those committed together; None if no single write is at fault."""

    status = 500
    code = "exception"
    write: int | None = None

    def __init__(self, text: str, *, expression: str = "", issues: Sequence[Issue] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.issues = tuple(issues) or (Issue("error", self.code, text, expression),)


class about_write:
    """Note in a GatewayError raised inside the `with` block that it is about the write at position `number`.

    A class and not a generator with `contextmanager`, which every write would pay for four times as much.
    """

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, GatewayError):
            error.write = self._number


def raise_together(errors: Sequence[GatewayError]) -> None:
    """Raise the first of the errors with the issues of all, if there are any."""
    if errors:
        raise type(errors[0])(errors[0].text, issues=[issue for error in errors for issue in error.issues])


class BadRequest(GatewayError):
    """The request cannot be understood."""

    status, code = 400, "invalid"


class Malformed(BadRequest):
    """The body is not JSON, or not a resource."""

    code = "structure"


class NotSupported(BadRequest):
    """The request is understood, but not offered."""

    code = "not-supported"


class TooCostly(GatewayError):
    """Not a BadRequest: the request is valid, and code that tries several readings of it must not ignore this error."""

    status, code = 400, "too-costly"


class Unauthorized(GatewayError):
    """The request needs a token."""

    status, code = 401, "login"


class Forbidden(GatewayError):
    """The client may not do this."""

    status, code = 403, "forbidden"


class NotFound(GatewayError):
    """The resource or address does not exist."""

    status, code = 404, "not-found"


class MethodNotAllowed(GatewayError):
    """`allow`: the methods that are offered instead, as the header of that name has them."""

    status, code = 405, "not-supported"

    def __init__(self, text: str, *, allow: str = "", expression: str = "", issues: Sequence[Issue] = ()) -> None:
        super().__init__(text, expression=expression, issues=issues)
        self.allow = allow


class NotAcceptable(GatewayError):
    """The requested format is not offered."""

    status, code = 406, "not-supported"


class Late(GatewayError):
    """The body of the request stopped coming."""

    status, code = 408, "timeout"


class Conflict(GatewayError):
    """The present state does not allow the request."""

    status, code = 409, "conflict"


class Gone(GatewayError):
    """The resource is deleted."""

    status, code = 410, "deleted"


class PreconditionFailed(GatewayError):
    """A condition of the request is not met."""

    status, code = 412, "conflict"


class MultipleMatches(PreconditionFailed):
    """A condition matches several resources."""

    code = "multiple-matches"


class TooLarge(GatewayError):
    """The content is larger than allowed."""

    status, code = 413, "too-long"


class UnsupportedMediaType(GatewayError):
    """The format of the body is not supported."""

    status, code = 415, "not-supported"


class Misdirected(GatewayError):
    """The request is for another server."""

    status, code = 421, "security"


class Invalid(GatewayError):
    """The JSON is well-formed, but not a valid resource. `issues` lists all faults."""

    status, code = 422, "processing"


class TooManyRequests(GatewayError):
    """The client has made too many attempts."""

    status, code = 429, "throttled"


class Busy(GatewayError):
    """The gateway cannot answer now; the client may try again."""

    status, code = 503, "transient"


class ConfigurationError(GatewayError):
    """A file or setting that an engineer must mend; `text` starts with `file:line:` where there is one.

    line: the number of that line; 0 if there is none.
    """

    def __init__(self, text: str, *, line: int = 0, issues: Sequence[Issue] = ()) -> None:
        super().__init__(text, issues=issues)
        self.line = line


def frames(error: BaseException) -> list[str]:
    """Return file, line and function of the innermost frames: what an engineer needs, without the values."""
    stack = traceback.extract_tb(error.__traceback__)[-4:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in stack]
