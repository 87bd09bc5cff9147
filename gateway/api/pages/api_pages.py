"""The pages about the API: what there is, and a Swagger UI for each of the two OpenAPI documents.

The files of Swagger UI come from the installed package fastapi-swagger, of which nothing else is used. They are served
under the page's own policy: scripts, styles and requests of this server alone, and no inline script.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response

from gateway.api.openapi.fhir import fhir_document
from gateway.api.openapi.internal import internal_document
from gateway.api.process.deployment import Deployment
from gateway.api.protocol.security_headers import SWAGGER_PAGE
from gateway.api.server.page import page
from gateway.fhir import fhir_json

_DOCUMENTS = {"fhir": fhir_document, "internal": internal_document}
_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def api_page_routes(deployment: Deployment) -> APIRouter:
    """Return the routes of the Swagger pages, their files and the OpenAPI documents."""
    router = APIRouter(include_in_schema=False)

    for part in _DOCUMENTS:
        router.add_api_route(f"/api/{part}", _swagger_page(deployment, part), summary=f"try /{part} in a browser")
        document = _openapi(deployment, part)
        router.add_api_route(f"/api/{part}/openapi.json", document, summary=f"the OpenAPI document of /{part}")
    for file in _FILES:
        router.add_api_route(f"/api/swagger-ui/{file}", _swagger_file(file), summary="a file of Swagger UI")
    return router


def _swagger_page(deployment: Deployment, part: str) -> Callable[[], Awaitable[HTMLResponse]]:
    async def swagger_page() -> HTMLResponse:
        guarded = bool(deployment.tokens)
        return page("swagger.html", policy=SWAGGER_PAGE, part=part, site=deployment.site, guarded=guarded)

    return swagger_page


def _openapi(deployment: Deployment, part: str) -> Callable[[], Awaitable[Response]]:
    async def openapi() -> Response:
        return Response(_document(part, deployment.version, bool(deployment.tokens)), media_type="application/json")

    return openapi


def _swagger_file(file: str) -> Callable[[], Awaitable[FileResponse]]:
    async def swagger_file() -> FileResponse:
        headers = {"Cache-Control": "max-age=86400"}
        return FileResponse(_swagger_folder() / file, media_type=_FILES[file], headers=headers)

    return swagger_file


@cache
def _document(part: str, version: str, secured: bool) -> bytes:
    return fhir_json.dump(_DOCUMENTS[part](version, secured=secured))


@cache
def _swagger_folder() -> Path:
    """Return the folder of Swagger UI's files. The package is only located: importing it is not needed."""
    spec = find_spec("fastapi_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package fastapi-swagger is not installed")
    return Path(spec.submodule_search_locations[0]) / "resources"
