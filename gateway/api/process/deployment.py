"""What every handler is given: the store, the limits, and what the deployment decided: one frozen record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from gateway.api.process.metrics import Metrics
from gateway.api.process.reloads import Reloads
from gateway.api.process.terminology_cache import Models
from gateway.api.process.write_queues import Turns
from gateway.api.protocol.forwarded import Network
from gateway.budget import Limits
from gateway.codes.files import Files
from gateway.fhir.validate import Profiles, Strictness
from gateway.memory import Memory
from gateway.store import Store

PREFIX = "/fhir"


def new_id() -> str:
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Deployment:
    """`base_url` is the FHIR base (`https://host/fhir`) of fullUrls and Locations; None takes it from each request.

    `strictness`: whether writes must be valid, or only of a kind that can be held.
    `references`: whether those to resources of this server may lead nowhere; see gateway.store.write.integrity.
    `profiles`: those that resources are held to when they name them.
    `codes`: where accepted LOINC codes are written; without it there is no review queue.
    `tokens`: bearer tokens, any of which opens every route; without any the API is open. `site` is this server's name.
    `proxies`: the networks of those who may say by which address we were asked.
    `hosts`: the names besides those of loopback that requests may be addressed to (lower case); None: any.
    `origins`: those of web pages that may use the FHIR interface; `*` any.
    limits: what one request may use.
    memory: what all requests may hold together.
    patience: seconds that a body may pause, or that an answer may wait to be taken.
    Further limits: bytes of a body after inflation, entries of a batch or transaction, levels of JSON.
    """

    store: Store
    version: str
    base_url: str | None = None
    tokens: tuple[str, ...] = field(default=(), repr=False)
    hosts: frozenset[str] | None = None
    origins: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    site: str = "gateway"
    max_body: int = 64 * 1024 * 1024
    max_entries: int = 5_000
    limits: Limits = field(default_factory=Limits)
    memory: Memory = field(default_factory=lambda: Memory(512 * 1024 * 1024))
    max_depth: int = 64
    patience: float = 60.0
    strictness: Strictness = "strict"
    references: Literal["accept", "refuse"] = "accept"
    profiles: Profiles | None = None
    codes: Files | None = None
    new_id: Callable[[], str] = new_id
    models: Models = field(default_factory=Models)
    metrics: Metrics = field(default_factory=Metrics)
    turns: Turns = field(default_factory=Turns)
    reloads: Reloads = field(default_factory=Reloads)
