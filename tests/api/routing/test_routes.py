"""Searching a table of routes, as entries of Bundles do."""

import pytest

from gateway.api.call.call import Call
from gateway.api.process.deployment import Deployment
from gateway.api.reply.respond import Reply
from gateway.api.routing.routes import Offer, Route, Routes
from gateway.errors import MethodNotAllowed, NotFound


async def interaction(deployment: Deployment, call: Call) -> Reply:
    return Reply(200)


READ, CREATE, WRITE = Offer(interaction), Offer(interaction), Offer(interaction, changes=True)
ROUTES = Routes(
    [
        Route("", "base", {"POST": CREATE}),
        Route("/metadata", "capabilities", {"GET": READ}),
        Route("/Patient/{id}/$everything", "everything", {"GET": READ}, "Patient"),
        Route("/{type}", "type", {"GET": READ, "POST": CREATE}),
        Route("/{type}/{id}", "instance", {"GET": READ, "PUT": WRITE}),
        Route("/{type}/{id}/_history/{version}", "version", {"GET": READ}),
        Route("/{owner}/{owner_id}/{type}", "compartment", {"GET": READ}),
    ]
)


@pytest.mark.parametrize(
    ("path", "summary", "variables"),
    [
        ("", "base", {"type": ""}),
        ("/", "base", {"type": ""}),
        ("metadata", "capabilities", {"type": ""}),
        ("Patient", "type", {"type": "Patient"}),
        ("Patient/", "type", {"type": "Patient"}),
        ("Patient/p1", "instance", {"type": "Patient", "id": "p1"}),
        ("Patient/p1/$everything", "everything", {"type": "Patient", "id": "p1"}),
        ("Patient/p1/_history/2", "version", {"type": "Patient", "id": "p1", "version": "2"}),
        ("Patient/p1/Observation", "compartment", {"owner": "Patient", "owner_id": "p1", "type": "Observation"}),
    ],
)
def test_a_path_finds_its_route(path: str, summary: str, variables: dict[str, str]) -> None:
    route, parts = ROUTES.find(path)
    assert (route.summary, parts) == (summary, variables)


@pytest.mark.parametrize(
    "path",
    ["patient", "Patient1", "$meta", "Patient/$nonsense", "Patient/p1/observation", "a/b/c/d/e", "Patient/p1/$x"],
)
def test_other_paths_are_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTES.find(path)


def test_head_does_what_get_does_and_other_methods_are_refused() -> None:
    route, _ = ROUTES.find("Patient/p1")
    assert route.offer("HEAD") is READ and route.offer("PUT") is WRITE
    with pytest.raises(MethodNotAllowed) as caught:
        route.offer("POST")
    assert caught.value.allow == "GET, PUT, HEAD"
