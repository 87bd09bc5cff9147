"""Serve the pages: overview, patients, one patient, the list of routes. They need no script."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles

from gateway.api.call.call import base_of
from gateway.api.internal.known import names
from gateway.api.pages import views
from gateway.api.pages.api_pages import api_page_routes
from gateway.api.process.deployment import Deployment
from gateway.api.server.page import WEB
from gateway.api.server.page import page as own_page
from gateway.api.server.sign_in import sign_in_routes
from gateway.codes import queue
from gateway.errors import NotFound
from gateway.search import query
from gateway.store import Store
from gateway.store.internal.quality import FindingFilter
from gateway.sync.partners import Partner

PAGE, SHOWN = 100, 200
ICON = WEB / "static" / "favicon.svg"


def mount(app: FastAPI, deployment: Deployment, partners: Sequence[Partner]) -> None:
    """Add the pages with their style sheet and icon, and the sign-in form, to `app`."""
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    app.add_api_route("/favicon.ico", _icon, include_in_schema=False, response_class=FileResponse)
    app.include_router(sign_in_routes(deployment))
    app.include_router(api_page_routes(deployment))
    app.include_router(page_routes(deployment, partners, app))


async def _icon() -> FileResponse:
    """Return the icon to browsers that look for it at the usual address."""
    return FileResponse(ICON)


def page_routes(deployment: Deployment, partners: Sequence[Partner], app: FastAPI) -> APIRouter:
    """Return the routes of the pages."""
    router, started = APIRouter(include_in_schema=False, default_response_class=HTMLResponse), time.monotonic()

    def page(name: str, **facts: Any) -> HTMLResponse:
        return own_page(name, site=deployment.site, guarded=bool(deployment.tokens), **facts)

    @router.get("/")
    async def overview(request: Request) -> HTMLResponse:
        """Show what runs and what is stored."""
        up = views.duration(time.monotonic() - started)
        facts = {
            **await _facts(deployment.store),
            "partners": [await _partner(deployment.store, partner) for partner in partners],
        }
        return page("start.html", base=base_of(request, deployment), version=deployment.version, uptime=up, **facts)

    @router.get("/patients")
    async def patients(after: str | None = None) -> HTMLResponse:
        """Show all patients, page by page."""
        found = await deployment.store.internal.find_many("patients", {}, limit=PAGE, after=[after] if after else None)
        return page("patients.html", patients=found, next=found[-1]["_id"] if len(found) == PAGE else None)

    @router.get("/patients/{patient_id}")
    async def patient(patient_id: str) -> HTMLResponse:
        """Show one patient with observations and scores."""
        return page("patient.html", **await _patient(deployment.store, patient_id))

    @router.get("/quality")
    async def quality() -> HTMLResponse:
        """Show the findings of the mappings in the data."""
        return page("quality.html", **await _quality(deployment))

    @router.get("/codes")
    async def codes() -> HTMLResponse:
        """Show local codes with the LOINC codes that they could be."""
        return page("codes.html", **await _codes(deployment.store))

    @router.get("/api")
    async def routes() -> HTMLResponse:
        """Show every route of this gateway."""
        return page("api.html", routes=list(_routes(app)))

    return router


async def _quality(deployment: Deployment) -> dict[str, Any]:
    found = await deployment.store.internal.quality([*names(deployment)], ("rule", "source"), FindingFilter())
    more = max(len(found.counts) - SHOWN, 0)
    return {"counts": found.counts[:SHOWN], "more": more, "totals": found.totals}


async def _codes(store: Store) -> dict[str, Any]:
    items = await queue.load(store)
    counts = {state: sum(item.state == state for item in items) for state in queue.STATES}
    return {"items": items[:SHOWN], "counts": counts}


async def _facts(store: Store) -> dict[str, Any]:
    counts, head, cursors = await store.resources.counts(), await store.feed.head(), await store.feed.cursors()
    return {
        "counts": sorted(counts.items(), key=lambda row: -row[1]),
        "head": head,
        "followers": [{"name": name, "lag": max(0, head - seen)} for name, seen in sorted(cursors.items())],
        "letters": await store.letters.count(),
    }


async def _partner(store: Store, partner: Partner) -> dict[str, Any]:
    """Return the partner with the figures of its last run, None before the first run."""
    return {"is": partner, "last": await store.states.get(f"sync/{partner.name}/last")}


async def _patient(store: Store, patient_id: str) -> dict[str, Any]:
    document = await store.internal.find("patients", patient_id)
    if document is None:
        raise NotFound("There is no such patient")
    newest = [("effective.start", -1)]
    observations = await store.internal.find_many("observations", {"patient_id": patient_id}, newest, limit=SHOWN)
    asked = query.parse("RiskAssessment", [("subject", f"Patient/{patient_id}"), ("_sort", "-date"), ("_count", "50")])
    assessments = [stored.body for stored in (await store.resources.search(asked)).entries]
    return {
        "patient": document,
        "observations": [views.observation(row) for row in observations],
        "scores": views.scores(assessments),
        "absent": [
            views.absent(row) for row in (await store.states.starting_with(f"not-scored/{patient_id}/")).values()
        ],
    }


def _routes(app: FastAPI) -> Iterable[dict[str, str]]:
    for route in iter_route_contexts(app.routes):
        if route.path and (methods := (route.methods or set()) - {"HEAD"}):
            text = route.summary or (route.endpoint.__doc__ or "").strip().split("\n")[0]
            yield {"methods": ", ".join(sorted(methods)), "path": route.path, "text": text}
