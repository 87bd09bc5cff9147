"""Render our HTML pages, with their security policy, and tell which requests want one."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import Headers
from starlette.types import Scope

from gateway.api.protocol.security_headers import PAGE

WEB = Path(__file__).parents[2] / "web"
_FOR_PROGRAMS = ("/fhir/", "/internal/", "/metrics/", "/healthz/", "/readyz/", "/static/", "/favicon.ico/")
_templates = Environment(
    loader=FileSystemLoader(WEB / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, *, status: int = HTTPStatus.OK, policy: Mapping[str, str] = PAGE, **facts: Any) -> HTMLResponse:
    """Render a template. All values of `facts` are escaped."""
    return HTMLResponse(_templates.get_template(name).render(**facts), status, dict(policy))


def wants_page(scope: Scope) -> bool:
    """Return whether a person opens this address in a browser."""
    if scope["method"] not in ("GET", "HEAD") or f"{scope['path']}/".startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in ",".join(Headers(scope=scope).getlist("accept")).lower()
