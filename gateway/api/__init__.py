"""HTTP: the FHIR interface, the internal documents, the operators' pages. `create` is what app.py mounts."""

from fastapi import FastAPI

from gateway.api.api import PREFIX, Api
from gateway.api.boundary import Boundary
from gateway.api.codes import code_routes
from gateway.api.cors import Cors
from gateway.api.failures import install_errors
from gateway.api.fhir import fhir_routes
from gateway.api.internal import internal_routes
from gateway.api.interrupted import Interrupted
from gateway.api.mappings import mapping_routes
from gateway.api.operations import operations
from gateway.api.run_view import run_view_routes
from gateway.api.security_headers import SecurityHeaders

__all__ = ["PREFIX", "Api", "create"]


def create(api: Api) -> FastAPI:
    """The application; more routers may be added to it. All of them pass the bearer check, the log and the metrics."""
    app = FastAPI(title="FHIR gateway", version=api.version, openapi_url=None)
    app.router.redirect_slashes = False
    routers = [run_view_routes(api), fhir_routes(api), mapping_routes(api), operations(api)]
    routers += [code_routes(api, api.codes)] if api.codes else []
    for router in (*routers, internal_routes(api)):  # the last, for to it any name is that of a collection
        app.include_router(router)
    install_errors(app)
    app.add_middleware(Boundary, api=api)
    if api.origins:
        app.add_middleware(Cors, origins=api.origins)
    app.add_middleware(Interrupted)
    app.add_middleware(SecurityHeaders)
    return app
