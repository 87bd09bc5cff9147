"""The only place where the parts meet: settings -> database, mappings, partners, routes, followers."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from gateway import __version__, api, descriptors, event_loop, listening, reload
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
from gateway.fhir.validate import Profiles
from gateway.intake import definitions
from gateway.listening import Server
from gateway.mapping import Mappings
from gateway.memory import Memory
from gateway.risk import follow as risk
from gateway.search.parameters import parameters
from gateway.settings import Settings
from gateway.shutdown import REQUEST_SECONDS, Shutdown
from gateway.store import Store
from gateway.store.server import embedded
from gateway.sync import partners, schedule
from gateway.sync.partners import Partner

log = structlog.get_logger()
_A_VALUE_SET = "http://hl7.org/fhir/ValueSet/administrative-gender"
_A_CODE_SYSTEM = "http://hl7.org/fhir/administrative-gender"
_YOUNG, _OLD = 4, 5_000
"""How often the garbage collector looks at older objects: at the second generation after so many collections of the
first, at the third after so many collections of the second."""


@dataclass(frozen=True)
class Gateway:
    """One running gateway: what every stage below is given as arguments.

    `mappings`: as they were when it was opened; those in use are the store's.
    """

    settings: Settings
    store: Store
    mappings: Mappings
    partners: tuple[Partner, ...]
    profiles: Profiles | None
    reloads: Reloads = field(default_factory=Reloads)


@asynccontextmanager
async def gateway(settings: Settings, *, attach: bool = False) -> AsyncIterator[Gateway]:
    """Open everything that has state, and close it in reverse order.

    With `attach` a database that another process of ours runs on the same data folder is joined, not refused:
    what the commands beside `serve` want.
    """
    descriptors.allow()
    mappings, known = Mappings.load(settings.mappings), known_partners(settings)
    profiles = definitions.load(settings.data_dir)
    async with database(settings, attach=attach) as uri:
        store = await Store.open(uri, settings.database, mappings)
        try:
            yield Gateway(settings, store, mappings, known, profiles if len(profiles) else None)
        finally:
            await store.close()


def known_partners(settings: Settings) -> tuple[Partner, ...]:
    return partners.load(settings.partners, site=settings.site) if settings.partners else ()


@asynccontextmanager
async def database(settings: Settings, *, attach: bool) -> AsyncIterator[str]:
    if settings.mongo_uri:
        yield settings.mongo_uri.get_secret_value()
    else:
        async with embedded.start(settings.data_dir, attach=attach) as mongod:
            yield mongod.uri


def web(parts: Gateway) -> FastAPI:
    """The HTTP side, on parts that are already open."""
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
        reloads=parts.reloads,
        codes=Files.of(settings.data_dir, settings.mappings),
        max_body=settings.max_body,
        limits=settings.limits,
        memory=Memory(4 * (settings.max_body + settings.request_bytes)),
    )
    application = api.create(deployment)
    pages.mount(application, deployment, parts.partners)
    return application


def submit(parts: Gateway) -> Callable[[Resource], Awaitable[Resource]]:
    """What `POST /fhir` does with a Bundle, without HTTP: its answer is the response Bundle or an OperationOutcome."""
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
            reply = await interactions.bundle(deployment, Call(settings.url + PREFIX, resource=resource))
        except GatewayError as error:
            return outcome(error.issues)
        return fhir_json.parse(reply.body)

    return execute


def followers(parts: Gateway, stop: asyncio.Event) -> dict[str, Coroutine[Any, Any, None]]:
    """What works by itself: readers of the change feed, each with its own durable cursor, the schedule, and the watch
    over the mapping files."""
    running: dict[str, Coroutine[Any, Any, None]] = {
        "words": parts.store.keep_words(stop),
        "schedule": schedule.keep_in_step(parts.store, parts.partners, stop),
        "reload": reload.watch(parts.settings.mappings, parts.store, parts.mappings, parts.reloads, stop),
    }
    if parts.settings.scores:
        running["risk"] = parts.store.follow("risk", partial(risk.score_changes, parts.store), stop=stop)
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
    """Load what the first requests would otherwise wait for: search parameters of all types, and R4's terminology."""
    for type_ in r4.resource_types():
        parameters(type_)
    base().value_set(_A_VALUE_SET)
    base().code_system(_A_CODE_SYSTEM, None)


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM: take no more requests, finish those under way, stop the followers, close all.

    `ready` is told our address as soon as requests to it are taken.
    """
    shutdown = Shutdown()
    with listening.bound(settings) as sockets, ExitStack() as handling:
        async with gateway(settings) as parts:
            url = listening.listen(settings, sockets)
            server = Server(_http(parts), shutdown)
            handling.enter_context(shutdown.on_signals(server.stop))
            await _serve(parts, server, sockets, partial(ready, url))
        await shutdown.end_rest()


def _http(parts: Gateway) -> uvicorn.Config:
    return uvicorn.Config(
        web(parts),
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


async def _serve(parts: Gateway, server: Server, sockets: list[socket.socket], ready: Callable[[], None]) -> None:
    settle()
    server.end.followers = running = {
        name: asyncio.create_task(follower, name=name)
        for name, follower in followers(parts, server.end.requested).items()
    }
    for task in running.values():
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
