"""Send HTTP requests to one partner: patient with a busy server, strict about where our credentials go.

No redirect is followed, and no link off the partner's own origin: the `next` of a page is input, not an instruction
(https://hl7.org/fhir/R4/http.html, https://hl7.org/fhir/R4/search.html#Paging).
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx

from gateway.errors import Busy, GatewayError
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.sync.partners import Partner, loopback

JSON = "application/fhir+json"
_BUSY = {429, 502, 503, 504}
_FIRST_PAUSE, _LAST_PAUSE, _LONGEST_PAUSE = 0.25, 15.0, 120.0  # seconds; the last bounds what a Retry-After may ask


class PartnerUnavailable(Busy):
    """The partner could not be reached, or stayed busy: the run ends here, and a later one continues it."""


class PartnerError(GatewayError):
    """The partner sent an answer that cannot be used."""

    status, code = 502, "processing"


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """An HTTP answer of the partner."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def version(self) -> str:
        """Return the version in the ETag, empty if there is none."""
        return etag_version(self.headers.get("etag", ""))

    @property
    def date(self) -> datetime | None:
        """Return the time of the partner's clock."""
        return _http_date(self.headers.get("date", ""))

    def resource(self) -> Resource | None:
        """Return the body as a JSON object; None for HTML, plain text and other forms of errors."""
        try:
            return fhir_json.parse(self.body)
        except GatewayError:
            return None


class Client:
    """An open connection to a partner, and an async context manager. `sleep` waits for seconds."""

    def __init__(
        self,
        partner: Partner,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.partner, self._sleep = partner, sleep
        base = httpx.URL(partner.base_url)
        self._origin = _origin(base)
        self._http = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            timeout=httpx.Timeout(partner.timeout, connect=partner.connect_timeout),
            headers={"Accept": JSON, "User-Agent": "fhir-gateway", **_authorization(partner)},
            trust_env=not loopback(base.host),  # a proxy is for the outside
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def url(self, path: str) -> str:
        """Return the address of `path` below the partner's base; "" is the base itself."""
        return f"{self.partner.base_url}/{path}" if path else self.partner.base_url

    def next(self, here: str, link: str) -> str:
        """Return the address of a `next` link on the page `here`. Raises PartnerError if it leads to another origin."""
        try:
            url = httpx.URL(here).join(link)
        except (httpx.InvalidURL, ValueError):
            raise PartnerError("The partner's next link is not a URL.") from None
        if _origin(url) != self._origin or url.userinfo:
            raise PartnerError(f"The partner's next link leaves {self.partner.base_url}; it is not followed.")
        return str(url)

    async def get(self, url: str) -> PartnerAnswer:
        """Send a GET."""
        return await self._request("GET", url)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> PartnerAnswer:
        """Send a POST."""
        return await self._request("POST", url, body, headers)

    async def put(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> PartnerAnswer:
        """Send a PUT."""
        return await self._request("PUT", url, body, headers)

    async def delete(self, url: str, headers: Mapping[str, str] | None = None) -> PartnerAnswer:
        """Send a DELETE."""
        return await self._request("DELETE", url, None, headers)

    async def _request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> PartnerAnswer:
        """Return the answer, whatever its status.

        Raises PartnerUnavailable after the last attempt, PartnerError for a redirect or a body beyond the limit.
        """
        if _origin(httpx.URL(url)) != self._origin:
            raise PartnerError(f"Refusing to send a request for {self.partner.name} to another server.")
        sent = {**(headers or {}), **({"Content-Type": JSON} if body is not None else {})}
        for attempt in range(1, self.partner.attempts + 1):
            reason, pause = "", _pause(attempt)
            try:
                answer = await self._once(method, url, body, sent)
            except httpx.TransportError as error:
                reason = type(error).__name__
            except (httpx.DecodingError, httpx.InvalidURL) as error:
                raise PartnerError(f"An answer of the partner cannot be read ({type(error).__name__}).") from None
            else:
                if answer.status not in _BUSY:
                    return _direct(answer)
                reason, pause = f"status {answer.status}", _asked(answer.headers.get("retry-after"), pause)
            if attempt < self.partner.attempts:
                await self._sleep(pause)
        raise PartnerUnavailable(f"{self.partner.name} is not available ({reason}, {attempt} attempts).")

    async def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> PartnerAnswer:
        async with self._http.stream(method, url, content=body, headers=dict(headers)) as response:
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > self.partner.max_bytes:
                    raise PartnerError(f"An answer of the partner exceeds {self.partner.max_bytes} bytes.")
                chunks.append(chunk)
            return PartnerAnswer(response.status_code, response.headers, b"".join(chunks))


def etag_version(etag: str) -> str:
    """Return the `3` of `W/"3"`; empty for anything else."""
    return etag.strip().removeprefix("W/").strip('"')


def _direct(answer: PartnerAnswer) -> PartnerAnswer:
    if 300 <= answer.status < 400 and answer.status != 304:
        raise PartnerError(f"The partner redirects (status {answer.status}); put the final address into base_url.")
    return answer


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme)


def _authorization(partner: Partner) -> dict[str, str]:
    auth = partner.auth
    if auth.kind == "bearer":
        return {"Authorization": f"Bearer {auth.secret}"}
    if auth.kind == "basic":
        request = next(httpx.BasicAuth(auth.username, auth.secret).auth_flow(httpx.Request("GET", "http://x")))
        return {"Authorization": request.headers["Authorization"]}
    return {}


def _pause(attempt: int) -> float:
    return float(min(_FIRST_PAUSE * 2.0 ** (attempt - 1), _LAST_PAUSE) * random.uniform(0.75, 1.25))


def _asked(retry_after: str | None, otherwise: float) -> float:
    """Return the seconds in a Retry-After header (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)."""
    if retry_after is None:
        return otherwise
    try:
        seconds = float(retry_after)
    except ValueError:
        at = _http_date(retry_after)
        seconds = (at - datetime.now(UTC)).total_seconds() if at else otherwise
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else otherwise


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
