"""The pages about the API: what there is, and a Swagger UI for each of the two OpenAPI documents.

The files of Swagger UI come from the installed package fastapi-swagger, of which nothing else is used. They are served
under the page's own policy: scripts, styles and requests of this server alone, and no inline script.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

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

Name = Literal["fhir", "internal"]
File = Literal["swagger-ui.css", "swagger-ui-bundle.js"]


def api_page_routes(deployment: Deployment) -> APIRouter:
    """Return the routes of the Swagger pages, their files and the OpenAPI documents."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api/{name}")
    async def swagger(name: Name) -> HTMLResponse:
        """Try the routes of /fhir or /internal in a browser (Swagger UI)."""
        guarded = bool(deployment.tokens)
        return page("swagger.html", policy=SWAGGER_PAGE, part=name, site=deployment.site, guarded=guarded)

    @router.get("/api/{name}/openapi.json")
    async def openapi(name: Name) -> Response:
        """The OpenAPI document of /fhir or /internal."""
        return Response(_document(name, deployment.version, bool(deployment.tokens)), media_type="application/json")

    @router.get("/api/swagger-ui/{file}")
    async def swagger_file(file: File) -> FileResponse:
        """A file of Swagger UI."""
        headers = {"Cache-Control": "max-age=86400"}
        return FileResponse(_swagger_folder() / file, media_type=_FILES[file], headers=headers)

    return router


@cache
def _document(name: Name, version: str, secured: bool) -> bytes:
    return fhir_json.dump(_DOCUMENTS[name](version, secured=secured))


@cache
def _swagger_folder() -> Path:
    """Return the folder of Swagger UI's files. The package is only located: importing it is not needed."""
    spec = find_spec("fastapi_swagger")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package fastapi-swagger is not installed")
    return Path(spec.submodule_search_locations[0]) / "resources"
