"""Define what every handler receives: the store, the limits, and the choices of this deployment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from gateway.api.process.metrics import Metrics
from gateway.api.process.reloads import Reloads
from gateway.api.process.terminology_cache import Models
from gateway.api.process.write_queues import WriteQueues
from gateway.budget import Limits
from gateway.codes.files import Files
from gateway.fhir.validate import Profiles, Strictness
from gateway.memory import Memory
from gateway.networks import Network
from gateway.store import Store

PREFIX = "/fhir"


def new_id() -> str:
    """Return a new random id."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Deployment:
    """The store, the limits, and the choices of one deployment.

    base_url: the FHIR base (`https://host/fhir`) of fullUrls and Locations; None takes it from each request.
    strictness: whether writes must be valid FHIR, or only have a structure that can be stored.
    references: whether references to missing resources of this server are accepted.
    profiles: the profiles that resources must meet if they claim them.
    codes: where accepted LOINC codes are written; None switches the review queue off.
    tokens: bearer tokens, each of which opens every route; empty opens the API to all.
    site: the name of this server.
    proxies: networks of the proxies whose Forwarded headers are trusted.
    hosts: names besides those of loopback that requests may be addressed to (lower case); None allows any.
    origins: origins of web pages that may use the FHIR interface; `*` allows any.
    max_body: bytes of a body after inflation.
    max_entries: entries of a batch or transaction.
    max_depth: levels of JSON.
    limits: what one request may use.
    memory: what all requests may hold together.
    patience: seconds that a body may pause, or that an answer may wait to be taken.
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
    write_queues: WriteQueues = field(default_factory=WriteQueues)
    reloads: Reloads = field(default_factory=Reloads)
