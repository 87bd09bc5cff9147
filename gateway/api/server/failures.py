"""Translate errors to responses, in this one place: an OperationOutcome below `/fhir`, a page for people, else problem
JSON.
"""

from http import HTTPStatus

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.call.call import format_of
from gateway.api.process.deployment import PREFIX
from gateway.api.protocol.negotiation import Format
from gateway.api.reply import respond
from gateway.api.server.page import page, wants_page
from gateway.errors import GatewayError, MethodNotAllowed, NotAcceptable, NotFound, Unauthorized

NOT_SERVED = "nothing is served at this address"
NOT_OFFERED = "this address does not offer the method"


def install_errors(app: FastAPI) -> None:
    """Register the handlers of errors with the application."""
    app.add_exception_handler(GatewayError, _gateway_error)
    app.add_exception_handler(HTTPException, _http_exception)


def response(request: Request, error: GatewayError) -> Response:
    """Return the answer to an error. Below `/fhir` it has the format that the client accepts, else JSON."""
    path = request.scope["path"]
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        return respond.http(respond.failure(error), _format(request))
    if wants_page(request.scope):
        heading = HTTPStatus(error.status).phrase
        return page("error.html", status=error.status, site="FHIR gateway", heading=heading, text=error.text)
    answer = respond.problem(error.status, error.text, error.issues)
    if isinstance(error, MethodNotAllowed) and error.allow:
        answer.headers["Allow"] = error.allow
    return answer


def _format(request: Request) -> Format:
    try:
        return format_of(request)
    except NotAcceptable:
        return Format()


async def _gateway_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return response(request, error)


async def _http_exception(request: Request, error: Exception) -> Response:
    """Answer an error of the router: unknown path, or unknown method; answer OPTIONS with the methods of the path."""
    assert isinstance(error, HTTPException)
    headers = error.headers or {}
    if request.method == "OPTIONS" and "Allow" in headers:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    answer = response(request, _translated(error.status_code))
    answer.headers.update(headers)
    return answer


def _translated(status: int) -> GatewayError:
    match status:
        case HTTPStatus.NOT_FOUND:
            return NotFound(NOT_SERVED)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed(NOT_OFFERED)
        case HTTPStatus.UNAUTHORIZED:
            return Unauthorized("a bearer token is needed")
    error = GatewayError(HTTPStatus(status).phrase)
    error.status = status
    return error
