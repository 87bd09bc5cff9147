"""Send resources to a partner, in a batch if the partner takes batches, and read what became of each.

https://hl7.org/fhir/R4/http.html#transaction (batch), #ccreate (conditional create), #concurrency (If-Match)
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.sync.client import Client, PartnerAnswer, PartnerError, etag_version
from gateway.sync.outbox import OutboxItem
from gateway.sync.page import EntryReply, replies

_NO_BATCHES = (404, 405, 415, 501)
_PARALLEL = 8
_LOCATION = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?")


@dataclass(frozen=True, slots=True)
class Parcel:
    """An item in the form in which the partner gets it (empty for a deletion). A new resource with an id is sent to
    that id.
    """

    item: OutboxItem
    resource: Resource
    condition: str
    """The search that finds it at the partner if it exists, as in If-None-Exist."""

    @property
    def address(self) -> str:
        """The address at the partner, below its base."""
        linked = self.item.linked
        if self.item.action == "create" or linked is None:
            return f"{self.item.stored.type}/{self.assigned}" if self.assigned else self.item.stored.type
        return f"{linked.link.remote_type}/{linked.link.remote_id}"

    @property
    def assigned(self) -> str:
        """Return the id that we choose for a new resource."""
        return str(self.resource.get("id", "")) if self.item.action == "create" else ""

    @property
    def expected(self) -> str:
        """Return the version that the partner must still have, empty if it keeps none."""
        version = self.item.linked.link.remote_version if self.item.linked else ""
        return "" if version.startswith("sha256-") else version


@dataclass(frozen=True, slots=True)
class Sent:
    """The partner's answer about a parcel. `id` and `version` are the partner's, empty if not reported."""

    parcel: Parcel
    status: int
    id: str = ""
    version: str = ""
    text: str = ""


class Exchange:
    """Sends parcels. It remembers for its lifetime if the partner takes no batches."""

    def __init__(self, client: Client) -> None:
        self._client, self._batches = client, True
        self._slots = asyncio.Semaphore(_PARALLEL)

    async def send(self, parcels: Sequence[Parcel]) -> list[Sent]:
        """Return an answer for each parcel, in order. Raises PartnerUnavailable, or PartnerError if our credentials are
        refused.
        """
        sent = await self._batch(parcels) if self._batches and len(parcels) > 1 else None
        if sent is None:
            return list(await asyncio.gather(*(self.send_one(parcel) for parcel in parcels)))
        # An entry that found the server busy inside a batch is worth the patience a single request has.
        return [await self.send_one(one.parcel) if _transient(one.status) else one for one in sent]

    async def send_one(self, parcel: Parcel) -> Sent:
        """Send one parcel by itself."""
        async with self._slots:
            answer = await self._single(parcel)
        _authorised(answer)
        reply = EntryReply(
            answer.status, answer.headers.get("location", ""), answer.headers.get("etag", ""), answer.body
        )
        return _sent(parcel, reply)

    async def current(self, type_: str, id_: str) -> tuple[int, Resource | None]:
        """Return the status and the resource of the partner's present version."""
        answer = await self._client.get(self._client.url(f"{type_}/{id_}"))
        return answer.status, answer.resource() if answer.ok else None

    async def find(self, type_: str, condition: str) -> Resource | None:
        """Return the only resource that matches, for servers that create without reporting an id."""
        answer = await self._client.get(self._client.url(f"{type_}?{condition}"))
        bundle = answer.resource() if answer.ok else None
        entries = bundle.get("entry") if bundle else None
        found = [entry.get("resource") for entry in entries or [] if isinstance(entry, dict)]
        matches = [one for one in found if isinstance(one, dict) and one.get("resourceType") == type_]
        return matches[0] if len(matches) == 1 else None

    # --- batches

    async def _batch(self, parcels: Sequence[Parcel]) -> list[Sent] | None:
        """Send a batch; return None if the partner refuses it, so that the parcels are sent singly and no entry blocks
        another.
        """
        body = fhir_json.dump(
            {"resourceType": "Bundle", "type": "batch", "entry": [_entry(parcel) for parcel in parcels]}
        )
        answer = await self._client.post(self._client.url(""), body, {"Prefer": "return=minimal"})
        _authorised(answer)
        if not answer.ok:
            self._batches = answer.status not in _NO_BATCHES
            return None
        try:
            found = replies(answer.body)
        except PartnerError:
            return None
        if len(found) != len(parcels):
            return None
        return [_sent(parcel, reply) for parcel, reply in zip(parcels, found, strict=True)]

    async def _single(self, parcel: Parcel) -> PartnerAnswer:
        url = self._client.url(parcel.address)
        match = {"If-Match": f'W/"{parcel.expected}"'} if parcel.expected else {}
        if parcel.item.action == "delete":
            return await self._client.delete(url, match)
        body, minimal = fhir_json.dump(parcel.resource), {"Prefer": "return=minimal"}
        if parcel.item.action == "update":
            return await self._client.put(url, body, {**minimal, **match})
        if parcel.assigned:
            return await self._client.put(url, body, {**minimal, "If-None-Match": "*"})
        return await self._client.post(url, body, {**minimal, "If-None-Exist": parcel.condition})


def _entry(parcel: Parcel) -> Resource:
    match = {"ifMatch": f'W/"{parcel.expected}"'} if parcel.expected else {}
    if parcel.item.action == "delete":
        return {"request": {"method": "DELETE", "url": parcel.address, **match}}
    if parcel.item.action == "update":
        request = {"method": "PUT", "url": parcel.address, **match}
    elif parcel.assigned:
        request = {"method": "PUT", "url": parcel.address, "ifNoneMatch": "*"}
    else:
        request = {"method": "POST", "url": parcel.address, "ifNoneExist": parcel.condition}
    return {"resource": parcel.resource, "request": request}


def _sent(parcel: Parcel, reply: EntryReply) -> Sent:
    found = _LOCATION.fullmatch(reply.location)
    id_, version = (found[2], found[3] or "") if found and found[1] == parcel.item.stored.type else ("", "")
    return Sent(parcel, reply.status, id_, etag_version(reply.etag) or version, _diagnosis(reply.outcome))


def _transient(status: int) -> bool:
    return status in (0, 429) or status >= 500


def _authorised(answer: PartnerAnswer) -> None:
    if answer.status == 401:
        raise PartnerError("the partner does not accept our credentials (401)")


def _diagnosis(body: bytes) -> str:
    """Return the text of an OperationOutcome, empty for HTML and other bodies."""
    try:
        outcome: Any = fhir_json.parse(body)
    except Exception:
        return ""
    issues = outcome.get("issue") if outcome.get("resourceType") == "OperationOutcome" else None
    texts = [issue.get("diagnostics") or _text(issue) for issue in issues or [] if isinstance(issue, dict)]
    return "; ".join(str(text) for text in texts if text)[:1000]


def _text(issue: dict[str, Any]) -> object:
    details = issue.get("details")
    return details.get("text") if isinstance(details, dict) else issue.get("code")
