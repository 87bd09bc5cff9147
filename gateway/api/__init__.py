"""HTTP: the FHIR interface, the internal documents, the operators' pages. `create` is what app.py mounts."""

from fastapi import FastAPI

from gateway.api.internal import internal_routes
from gateway.api.internal.codes import code_routes
from gateway.api.internal.mappings import mapping_routes
from gateway.api.operations.view_run import run_view_routes
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.protocol.security_headers import SecurityHeaders
from gateway.api.server.boundary import Boundary
from gateway.api.server.cors import Cors
from gateway.api.server.failures import install_errors
from gateway.api.server.health import operations
from gateway.api.server.interrupted import Interrupted
from gateway.api.table.interactions import fhir_routes

__all__ = ["PREFIX", "Deployment", "create"]


def create(deployment: Deployment) -> FastAPI:
    """The application; more routers may be added to it. All of them pass the bearer check, the log and the metrics."""
    app = FastAPI(title="FHIR gateway", version=deployment.version, openapi_url=None)
    app.router.redirect_slashes = False
    routers = [run_view_routes(deployment), fhir_routes(deployment), mapping_routes(deployment), operations(deployment)]
    routers += [code_routes(deployment, deployment.codes)] if deployment.codes else []
    for router in (*routers, internal_routes(deployment)):  # the last, for to it any name is that of a collection
        app.include_router(router)
    install_errors(app)
    app.add_middleware(Boundary, deployment=deployment)
    if deployment.origins:
        app.add_middleware(Cors, origins=deployment.origins)
    app.add_middleware(Interrupted)
    app.add_middleware(SecurityHeaders)
    return app
