"""The one translation from errors to responses: OperationOutcome below `/fhir`, problem JSON elsewhere."""

from http import HTTPStatus

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import respond
from gateway.api.api import PREFIX
from gateway.api.negotiate import Format
from gateway.errors import Busy, GatewayError, MethodNotAllowed, NotFound, Unauthorized

_AGAIN = "5"
"""Seconds after which what was too busy may be asked again."""


def install_errors(app: FastAPI) -> None:
    app.add_exception_handler(GatewayError, _gateway_error)
    app.add_exception_handler(HTTPException, _http_exception)


def response(path: str, error: GatewayError) -> Response:
    """`path` decides the form."""
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        answer = respond.http(respond.failure(error), Format())
    else:
        answer = respond.problem(error.status, error.text, error.issues)
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = _AGAIN
    if isinstance(error, MethodNotAllowed) and error.allow:
        answer.headers["Allow"] = error.allow
    return answer


async def _gateway_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return response(request.scope["path"], error)


async def _http_exception(request: Request, error: Exception) -> Response:
    """What the router itself raises: no such path, no such method."""
    assert isinstance(error, HTTPException)
    answer = response(request.scope["path"], _translated(error.status_code))
    answer.headers.update(error.headers or {})
    return answer


def _translated(status: int) -> GatewayError:
    match status:
        case HTTPStatus.NOT_FOUND:
            return NotFound("nothing is served at this address")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed("this address does not offer the method")
        case HTTPStatus.UNAUTHORIZED:
            return Unauthorized("a bearer token is needed")
    error = GatewayError(HTTPStatus(status).phrase)
    error.status = status
    return error
