"""Configuration: read once from the environment (`GATEWAY_…`) and the command line, frozen, handed down."""

import contextlib
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway import shipped
from gateway.budget import Limits
from gateway.errors import ConfigurationError
from gateway.networks import Network, is_loopback

_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_PREFIX = "GATEWAY_"


class Settings(BaseSettings):
    """The settings of a process, with their defaults. Secrets never show in repr."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    site: str = Field("gateway", pattern=r"^[A-Za-z0-9._-]{1,40}$")
    """The name of this gateway towards its partners, part of the tag that marks where a resource comes from."""
    host: str = "127.0.0.1"
    """The address to listen on. Any address but loopback is refused unless there are tokens."""
    port: int = Field(8080, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    base_url: str | None = None
    """The public address in front of `/fhir`, for a gateway behind a proxy. Requests for its host name are accepted."""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Addresses and networks of proxies, comma-separated. Their `Forwarded` and `X-Forwarded-*` headers decide the
    address in links, unless there is a base URL."""
    tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Bearer tokens, comma-separated. Each opens every route; without one, only the health checks answer."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins (`https://app.example`), comma-separated, of web pages whose scripts may use `/fhir`. `*` allows every
    origin and needs tokens."""
    mongo_uri: SecretStr | None = None
    """The URI of a MongoDB replica set. Without it the gateway runs a `mongod` of its own: the one on the PATH, else
    the one of the extra `embedded`."""
    database: str = Field("gateway", pattern=r"^[A-Za-z0-9_-]{1,60}$")
    """The name of the database."""
    data_dir: Path = Path("data")
    """The folder for the files of the embedded MongoDB, its key, and loaded profiles."""
    mappings: Path = Field(default_factory=shipped.mappings)
    """The folder of mapping files."""
    partners: Path | None = None
    """The YAML file of partners; if it is not set, `partners.yaml` in the data folder, which need not exist."""
    max_body: int = Field(64 * 1024 * 1024, gt=0)
    """The size limit of a request body in bytes, after decompression."""
    request_seconds: float = Field(Limits().seconds, gt=0)
    """Seconds that one request may take once it has arrived. See docs/explanation/decisions/budgets.md."""
    request_bytes: int = Field(Limits().bytes, gt=0)
    """Bytes that one request may read for its answer."""
    request_documents: int = Field(Limits().documents, gt=0)
    """Documents that one request may read from the database."""
    request_values: int = Field(Limits().values, gt=0)
    """Values that one request may hold, such as alternatives of search parameters or steps of patches."""
    strictness: Literal["strict", "lenient"] = "strict"
    """Whether invalid R4 from API clients is refused (`strict`) or stored if possible (`lenient`)."""
    references: Literal["accept", "refuse"] = "accept"
    """Whether API clients may write references to missing resources, and delete resources that others refer to."""
    scores: bool = True
    """Whether this process computes risk scores from stored resources."""
    log_level: str = "info"
    """The lowest level that is logged. Logs are JSON lines on stderr, without patient data."""

    @field_validator("tokens", "trusted_proxies", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(filter(None, (t.strip() for t in value.split(",")))) if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://localhost")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address like https://hospital.example")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin == "*" or _ORIGIN.fullmatch(origin) for origin in value):
            raise ValueError("must be origins like https://app.example, without a path, or *")
        return value

    @property
    def loopback(self) -> bool:
        """Return whether only this machine can reach us."""
        return is_loopback(self.host)

    @property
    def hosts(self) -> frozenset[str] | None:
        """Return the host names, besides those of loopback, that requests may be for.

        None allows any name: where there are tokens, they protect us.
        """
        if self.tokens:
            return None
        return frozenset({self.host.lower(), urlsplit(self.url).hostname or ""} - {""})

    @property
    def partners_file(self) -> Path:
        """Return where the partners are, or would be: the file named in the settings, else one in the data folder."""
        return self.partners or self.data_dir / "partners.yaml"

    @property
    def limits(self) -> Limits:
        """Return what one request may use."""
        return Limits(self.request_seconds, self.request_bytes, self.request_documents, self.request_values)

    @property
    def url(self) -> str:
        """Return our address, without a slash at its end unless `base_url` has one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"http://{host}:{self.port}"


def unknown_variables(environment: Mapping[str, str], settings: Settings) -> list[str]:
    """Return the `GATEWAY_` variables that are not settings, each with a similar setting that may have been meant.

    Variables that the partners file names, such as secrets, are left out.
    """
    partners = ""
    with contextlib.suppress(OSError):
        partners = settings.partners_file.read_text(errors="replace")
    settable = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    names = sorted(name for name in environment if name.upper().startswith(_PREFIX) and name.upper() not in settable)
    return [name + _meant(name) for name in names if name not in partners]


def _meant(name: str) -> str:
    near = get_close_matches(name.upper().removeprefix(_PREFIX).lower(), Settings.model_fields, n=1, cutoff=0.7)
    return f" (did you mean {_PREFIX}{near[0].upper()}?)" if near else ""


def read(**options: Any) -> Settings:
    """Return the settings of this process. Options from the command line win over the environment.

    Raises ConfigurationError that names the setting, also if the gateway would listen to the network unprotected.
    """
    try:
        settings = Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        # Not str(error): pydantic quotes the input, which may be a secret.
        faults = [f"GATEWAY_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError("; ".join(faults)) from None
    if not settings.loopback and not settings.tokens:
        raise ConfigurationError(
            f"Refusing to listen on {settings.host} without authentication: "
            "set GATEWAY_TOKENS (comma-separated bearer tokens), or stay on 127.0.0.1"
        )
    if "*" in settings.cors_origins and not settings.tokens:
        raise ConfigurationError("GATEWAY_CORS_ORIGINS: without GATEWAY_TOKENS any web page could read what is stored")
    return settings
