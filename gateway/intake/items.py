"""What an import sends: requests as a file has them, and steps, each of which stores or deletes one version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.fhir import json
from gateway.fhir.dates import period
from gateway.fhir.json import Resource
from gateway.intake.names import digest
from gateway.store.records import Key, Version

_ENTRY = "#Bundle.entry["
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One version of a resource under its id here; `resource` None deletes it.

    source_id: the id that the source uses, valid or not.
    history: digest -> place of its last occurrence among the versions that a history tells of; empty outside one.
    place: of this version in `history`.
    """

    label: str
    path: str
    key: Key
    resource: Resource | None
    version: Version
    source_id: str
    history: Mapping[str, int] = field(default_factory=dict)
    place: int = 0

    @property
    def place_in_file(self) -> str:
        """Return a short name for the place in the file, the same from whatever folder the file is named."""
        place = self.label.removeprefix(self.path)
        return hashlib.sha256(f"{Path(self.path).resolve()}{place}".encode()).hexdigest()[:16]

    @property
    def entry(self) -> dict[str, Any]:
        """Return the entry of a batch that asks for it."""
        url = f"{self.key[0]}/{self.key[1]}"
        if self.resource is None:
            return {"request": {"method": "DELETE", "url": url}}
        return {"resource": self.resource, "request": {"method": "PUT", "url": url}}


@dataclass(frozen=True, slots=True)
class Requests:
    """A batch or transaction, its entries in the places that they have in the file."""

    label: str
    path: str
    bundle: Resource

    @property
    def entries(self) -> list[Any]:
        entries = self.bundle.get("entry", [])
        return entries if isinstance(entries, list) else []

    def label_of(self, number: int) -> str:
        """Return the place of an entry; `label` itself is that of the only entry where a letter keeps one."""
        return self.label if _ENTRY in self.label else f"{self.label}{_ENTRY}{number}]"

    @property
    def keys(self) -> set[Key]:
        """Return the resources that it names as its own; those that its conditions find are not among them."""
        urls = [_url(entry) for entry in self.entries]
        return {(type_, id_) for type_, _, id_ in (url.strip("/").partition("/") for url in urls) if id_}


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that cannot be sent at all. `payload` is what there is of it."""

    label: str
    path: str
    reason: str
    detail: str
    payload: bytes


Item = Requests | Refused | list[Step]


def payload(step: Step) -> bytes:
    """Return the step as a history Bundle of one entry, which `step_of` reads again."""
    response = {"status": "200"}
    if step.version.number:
        response["etag"] = f'W/"{step.version.number}"'
    if step.version.updated is not None:
        at = _EPOCH + timedelta(microseconds=step.version.updated)
        response["lastModified"] = at.isoformat().replace("+00:00", "Z")
    entry = {"fullUrl": step.source_id, **step.entry, "response": response}
    return json.dump({"resourceType": "Bundle", "type": "history", "entry": [entry]})


def step_of(label: str, path: str, bundle: Resource) -> Step:
    """Read what `payload` wrote."""
    (entry,) = bundle["entry"]
    resource, response = entry.get("resource"), entry["response"]
    type_, _, id_ = entry["request"]["url"].partition("/")
    at = response.get("lastModified")
    version = Version(
        period(at)[0] if at else None,
        response.get("etag", "").removeprefix("W/").strip('"'),
        digest(resource) if resource is not None else "",
        resource is None,
    )
    return Step(label, path, (type_, id_), resource, version, entry["fullUrl"])


def _url(entry: Any) -> str:
    request = entry.get("request") if isinstance(entry, dict) else None
    url = request.get("url") if isinstance(request, dict) else None
    return url.partition("?")[0] if isinstance(url, str) and "?" not in url else ""
