"""Partner servers as configuration: one YAML block each, verified completely before anything is sent.

partners:
  - name: north                          # also in the origin `partner:north` and in the tag of what came from there
    base_url: https://north.example/fhir
    types: [Patient, Observation]
    direction: both                      # pull | push | both
    schedule: 60                         # seconds between runs of `gateway serve`; 0: only on command
    auth: {kind: bearer, token_env: NORTH_TOKEN}
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import environ as process_environment
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from gateway.sync.configuration import Block, Faults, read

Direction = Literal["pull", "push", "both"]
Kind = Literal["none", "bearer", "basic"]
Create = Literal["post", "put"]
Targets = Literal["letter", "logical"]
Scores = Literal["keep", "send"]
Strictness = Literal["strict", "lenient"]


@dataclass(frozen=True, slots=True)
class Auth:
    """The credentials for a partner. Secrets are read from the environment once and never shown."""

    kind: Kind = "none"
    username: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Partner:
    """An external FHIR server. Times are seconds, sizes are resources, `max_bytes` are bytes of one response.

    site: our own name towards partners. A partner that is a gateway should have the name here that it gives itself.
    create: `post` lets the partner choose the ids of new resources, on the condition that it does not have them yet;
        `put` chooses the ids, for partners that allow it (another gateway does, and is several times faster that way).
    unknown_targets: what to do with a reference to something the partner cannot have; `letter` makes a dead letter of
        the resource, `logical` sends the reference as an identifier.
    strictness: whether invalid R4 is stored with its faults counted, or becomes a dead letter.
    scores: whether results of risk models are sent. They refer to RiskAssessment and Device, which should be among the
        types.
    """

    name: str
    base_url: str
    types: tuple[str, ...]
    site: str = "gateway"
    direction: Direction = "both"
    schedule: float = 0
    page_size: int = 500
    batch_size: int = 200
    connect_timeout: float = 5
    timeout: float = 60
    attempts: int = 5
    max_bytes: int = 64 * 1024 * 1024
    overlap: float = 5
    create: Create = "post"
    unknown_targets: Targets = "letter"
    scores: Scores = "keep"
    strictness: Strictness = "lenient"
    auth: Auth = Auth()

    @property
    def origin(self) -> str:
        """Return the origin of every change that this partner makes here."""
        return f"partner:{self.name}"

    @property
    def pulls(self) -> bool:
        """Whether to pull."""
        return self.direction != "push"

    @property
    def pushes(self) -> bool:
        """Whether to push."""
        return self.direction != "pull"


_NAME = r"[A-Za-z0-9._-]{1,40}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


def load(
    path: Path, *, site: str = "gateway", environment: Mapping[str, str] = process_environment
) -> tuple[Partner, ...]:
    """Return the partners of a YAML file, in its order.

    Raises one ConfigurationError with all faults (`file:line: …`).
    """
    top = read(path)
    loaded: dict[str, Partner] = {}
    faults = Faults()
    for block in top.blocks("partners", faults):
        partner = _partner(block, site, environment, faults)
        if partner is None:
            continue
        if partner.name in loaded or partner.name == site:
            faults.add(block.fault("name", f"{partner.name!r} is taken: give each partner and our site its own name"))
        loaded[partner.name] = partner
    with faults.collected():
        top.finish()
    faults.raise_any()
    return tuple(loaded.values())


_READERS: dict[str, Callable[[Block], Any]] = {
    "name": lambda block: block.text("name", pattern=_NAME),
    "base_url": lambda block: _base_url(block),
    "types": lambda block: block.resource_types("types"),
    "direction": lambda block: block.one_of("direction", ("both", "pull", "push")),
    "schedule": lambda block: block.number("schedule", 0, 0, 86400 * 366),
    "page_size": lambda block: int(block.number("page_size", 500, 1, 10_000)),
    "batch_size": lambda block: int(block.number("batch_size", 200, 1, 5_000)),
    "connect_timeout": lambda block: block.number("connect_timeout", 5, 0.01, 600),
    "timeout": lambda block: block.number("timeout", 60, 0.01, 3600),
    "attempts": lambda block: int(block.number("attempts", 5, 1, 20)),
    "max_bytes": lambda block: int(block.number("max_bytes", 64 * 1024 * 1024, 1024, 2**31)),
    "overlap": lambda block: block.number("overlap", 5, 0, 86400),
    "create": lambda block: block.one_of("create", ("post", "put")),
    "unknown_targets": lambda block: block.one_of("unknown_targets", ("letter", "logical")),
    "scores": lambda block: block.one_of("scores", ("keep", "send")),
    "strictness": lambda block: block.one_of("strictness", ("lenient", "strict")),
}
"""Key of a partner's block -> the function that reads its value."""


def _partner(block: Block, site: str, environment: Mapping[str, str], faults: Faults) -> Partner | None:
    """Read one block. Return None if something in it is wrong, and add everything that is wrong to `faults`."""
    before, values = len(faults), dict[str, Any]()
    for key, reader in _READERS.items():
        with faults.collected():
            values[key] = reader(block)
    with faults.collected():
        values["auth"] = _auth(block, environment)
    with faults.collected():
        block.finish()
    return Partner(site=site, **values) if len(faults) == before else None


def _base_url(block: Block) -> str:
    url = block.text("base_url", pattern=r"\S+").rstrip("/")
    parts = urlsplit(url)
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise block.fault("base_url", "expected the FHIR base, http(s)://host[:port]/path without query")
    if parts.username is not None or parts.password is not None:
        raise block.fault("base_url", "credentials do not belong in a URL: use `auth`")
    return url


def _auth(block: Block, environment: Mapping[str, str]) -> Auth:
    auth = block.block("auth")
    if auth is None:
        return Auth()
    kind: Kind = auth.one_of("kind", ("none", "bearer", "basic"))
    username, secret = "", ""
    if kind == "basic":
        username = auth.text("username", pattern=r"[^:\x00-\x1f]+")
        secret = _secret(auth, "password_env", environment)
    elif kind == "bearer":
        secret = _secret(auth, "token_env", environment)
    auth.finish()
    if secret and not _confidential(block):
        raise block.fault("base_url", "a secret is only sent over https, or to this machine itself")
    return Auth(kind, username, secret)


def _secret(auth: Block, key: str, environment: Mapping[str, str]) -> str:
    variable = auth.text(key, pattern=_VARIABLE)
    secret = environment.get(variable, "")
    if not secret or not secret.isprintable() or not secret.isascii():
        raise auth.fault(key, f"the environment variable {variable} is not set, or not usable in a header")
    return secret


def _confidential(block: Block) -> bool:
    parts = urlsplit(block.text("base_url", pattern=r"\S+"))
    return parts.scheme == "https" or loopback(parts.hostname or "")


def loopback(host: str) -> bool:
    """Return whether `host` names this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
