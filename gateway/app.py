"""The only place where the parts meet: settings -> parts -> routes, followers.

`gateway.parts` opens what has state. This module puts HTTP and the followers of the change feed on top.
"""

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from gateway import __version__, api, event_loop, listening, reload
from gateway.api import PREFIX, Deployment
from gateway.api.call.call import Call
from gateway.api.pages import pages
from gateway.api.process.reloads import Reloads
from gateway.api.server.wire import Wire
from gateway.api.table import interactions
from gateway.codes.files import Files
from gateway.errors import GatewayError
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.outcome import outcome
from gateway.fhir.terminology import base
from gateway.listening import Server
from gateway.memory import Memory
from gateway.parts import Parts, open_parts
from gateway.risk import follow as risk
from gateway.search.definitions.parameters import parameters
from gateway.settings import Settings
from gateway.shutdown import REQUEST_SECONDS, Shutdown
from gateway.sync import schedule

log = structlog.get_logger()
_A_VALUE_SET = "http://hl7.org/fhir/ValueSet/administrative-gender"
_A_CODE_SYSTEM = "http://hl7.org/fhir/administrative-gender"
_YOUNG, _OLD = 4, 5_000
"""How often the garbage collector looks at older objects: at the second generation after so many collections of the
first, at the third after so many collections of the second."""


def web(parts: Parts, reloads: Reloads) -> FastAPI:
    """Return the HTTP application on top of open parts."""
    settings = parts.settings
    deployment = Deployment(
        store=parts.store,
        version=__version__,
        base_url=settings.base_url and settings.base_url.rstrip("/") + PREFIX,
        tokens=tuple(token.get_secret_value() for token in settings.tokens),
        hosts=settings.hosts,
        origins=settings.cors_origins,
        proxies=settings.trusted_proxies,
        site=settings.site,
        strictness=settings.strictness,
        references=settings.references,
        profiles=parts.profiles,
        reloads=reloads,
        codes=Files.of(settings.data_dir, settings.mappings),
        max_body=settings.max_body,
        limits=settings.limits,
        memory=Memory(4 * (settings.max_body + settings.request_bytes)),
    )
    application = api.create(deployment)
    pages.mount(application, deployment, parts.partners)
    return application


def submit(parts: Parts) -> Callable[[Resource], Awaitable[Resource]]:
    """Return a function that does with a Bundle what `POST /fhir` does, without HTTP.

    It returns the response Bundle, or an OperationOutcome if the Bundle is refused.
    """
    settings = parts.settings
    deployment = Deployment(
        store=parts.store,
        version=__version__,
        strictness=settings.strictness,
        references=settings.references,
        profiles=parts.profiles,
    )

    async def execute(resource: Resource) -> Resource:
        try:
            reply = await interactions.bundle(deployment, Call(settings.url + PREFIX, "POST", resource=resource))
        except GatewayError as error:
            return outcome(error.issues)
        return fhir_json.parse(reply.body)

    return execute


def followers(parts: Parts, reloads: Reloads, stop: asyncio.Event) -> dict[str, Coroutine[Any, Any, None]]:
    """Return what works in the background, by name.

    These are the readers of the change feed, each with a durable cursor of its own, the schedule of the partners and
    the watch over the mapping files.
    """
    running: dict[str, Coroutine[Any, Any, None]] = {
        "words": parts.store.text_index.keep(stop),
        "schedule": schedule.keep_in_step(parts.store, parts.partners, stop),
        "reload": reload.watch(parts.settings.mappings, parts.store, parts.mappings, reloads, stop),
    }
    if parts.settings.scores:
        running["risk"] = parts.store.feed.follow("risk", partial(risk.score_changes, parts.store), stop=stop)
    return running


def settle() -> None:
    """Prepare the event loop, the caches and the garbage collector for serving.

    Python's collector looks again and again at objects that live as long as the process, above all the R4 definitions,
    and finds nothing to free. Leaving them out and looking less often is worth a tenth of the ingest rate. A collection
    stops all threads, for a tenth of a second with 250,000 objects, so nearly all look at no more than that.
    """
    event_loop.prepare()
    _fill_caches()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, _YOUNG, _OLD)


def _fill_caches() -> None:
    """Load now what the first requests would wait for: search parameters of all types and R4's terminology."""
    for type_ in r4.resource_types():
        parameters(type_)
    base().value_set(_A_VALUE_SET)
    base().code_system(_A_CODE_SYSTEM, None)


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests under way, stop the followers and close the parts.

    ready: called once with our address, as soon as we accept requests.
    """
    shutdown = Shutdown()
    with listening.bound(settings) as sockets, ExitStack() as handling:
        async with open_parts(settings) as parts:
            url = listening.listen(settings, sockets)
            reloads = Reloads()
            server = Server(_http(parts, reloads), shutdown)
            handling.enter_context(shutdown.on_signals(server.stop))
            running = followers(parts, reloads, shutdown.requested)
            await _serve(parts, server, sockets, running, partial(ready, url))
        await shutdown.end_rest()


def _http(parts: Parts, reloads: Reloads) -> uvicorn.Config:
    return uvicorn.Config(
        web(parts, reloads),
        http=Wire,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # Otherwise any local process could claim another address: `api.protocol.forwarded` reads the headers.
        proxy_headers=False,
        backlog=listening.BACKLOG,
        timeout_graceful_shutdown=int(REQUEST_SECONDS),
    )


async def _serve(
    parts: Parts,
    server: Server,
    sockets: list[socket.socket],
    running: Mapping[str, Coroutine[Any, Any, None]],
    ready: Callable[[], None],
) -> None:
    settle()
    server.end.followers = tasks = {
        name: asyncio.create_task(follower, name=name) for name, follower in running.items()
    }
    for task in tasks.values():
        task.add_done_callback(_note_early_end)
    try:
        ready()
        await server.serve(sockets)
    finally:
        await server.end.end_followers()
        await server.end.close(parts.store.close())  # here, since only here its time is limited


def _note_early_end(follower: "asyncio.Task[None]") -> None:
    """Log the error that ended a follower: followers should run until the process ends."""
    if not follower.cancelled() and (error := follower.exception()):
        log.error("follower ended", follower=follower.get_name(), error=type(error).__name__)
