"""The items that an import sends: requests as a file has them, and steps, each of which stores or deletes a version."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.fhir import fhir_json
from gateway.fhir.dates import period
from gateway.fhir.fhir_json import Resource
from gateway.intake.names import digest, is_uuid
from gateway.store.layout.records import Imported, Key, Version

_WRITING = ("PUT", "PATCH", "DELETE")
IN_BUNDLE = "#Bundle.entry["
"""The part of an entry's label that follows the label of its file or line."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ImportStep:
    """One version of a resource under its id here.

    resource: its content; None to delete the resource.
    source_id: the id that the source uses, valid or not.
    history: key of a version -> its last place among the resource's versions in the history; empty outside of one.
    place: the place of this version among them.
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
        """Return a short name for the place in the file, which does not depend on the working directory."""
        place = self.label.removeprefix(self.path)
        return hashlib.sha256(f"{Path(self.path).resolve()}{place}".encode()).hexdigest()[:16]

    @property
    def entry(self) -> dict[str, Any]:
        """Return the entry of a batch that takes this step."""
        url = f"{self.key[0]}/{self.key[1]}"
        if self.resource is None:
            return {"request": {"method": "DELETE", "url": url}}
        return {"resource": self.resource, "request": {"method": "PUT", "url": url}}


@dataclass(frozen=True, slots=True)
class Requests:
    """A batch or transaction.

    source: the source of the file. It may write over resources of this source, and over those that no import brought.
    places: the places of the entries in the file if some entries are left out; empty otherwise.
    """

    label: str
    path: str
    bundle: Resource
    source: str
    places: Sequence[int] = ()

    @property
    def entries(self) -> list[Any]:
        """The entries of the Bundle; empty if they are not a list."""
        entries = self.bundle.get("entry", [])
        return entries if isinstance(entries, list) else []

    def label_of(self, number: int) -> str:
        """Return the label of an entry. In a dead letter, `label` itself is that of the only entry."""
        place = self.places[number] if self.places else number
        return self.label if IN_BUNDLE in self.label else f"{self.label}{IN_BUNDLE}{place}]"

    def payload(self, entries: Any) -> bytes:
        """Return the Bundle with these entries and its source, in the form that `requests_of` reads."""
        meta = self.bundle.get("meta")
        with_source = {**(meta if isinstance(meta, dict) else {}), "source": self.source}
        return fhir_json.dump({**self.bundle, "meta": with_source, "entry": entries})

    def without(self, numbers: Collection[int]) -> "Requests":
        """Return the Bundle without some entries."""
        kept = [number for number in range(len(self.entries)) if number not in numbers]
        return replace(self, bundle={**self.bundle, "entry": [self.entries[n] for n in kept]}, places=kept)

    def key_of(self, number: int) -> Key | None:
        """Return the resource that an entry writes, None if it does not name one."""
        entry = self.entries[number]
        request = entry.get("request") if isinstance(entry, dict) else None
        url = request.get("url") if isinstance(request, dict) else None
        if not isinstance(url, str) or "?" in url or request is None or request.get("method") not in _WRITING:
            return None
        type_, _, id_ = url.strip("/").partition("/")
        return (type_, id_) if id_ else None

    def claims(self, numbers: Iterable[int]) -> list[Imported]:
        """Return the claims of its source on what these entries put. A folder claims nothing: it says no server."""
        keys = {self.key_of(number) for number in numbers if self.entries[number]["request"]["method"] == "PUT"}
        named = [key for key in keys if key is not None and not is_uuid(key[1])]
        if not self.source or Path(self.source).is_absolute():
            return []
        return [Imported(type_, id_, self.source, id_, by_request=True) for type_, id_ in named]

    @property
    def keys(self) -> set[Key]:
        """Return the resources that the entries write by id, without those that conditions find."""
        keys = {self.key_of(number) for number in range(len(self.entries))}
        return {key for key in keys if key is not None}


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A part of a file that cannot be sent at all; `payload` is what could be read of it."""

    label: str
    path: str
    reason: str
    detail: str
    payload: bytes


Item = Requests | RefusedItem | list[ImportStep]


def payload(step: ImportStep) -> bytes:
    """Return the step as a history Bundle of one entry, in the form that `step_of` reads."""
    response = {"status": "200"}
    if step.version.number:
        response["etag"] = f'W/"{step.version.number}"'
    if step.version.updated is not None:
        at = _EPOCH + timedelta(microseconds=step.version.updated)
        response["lastModified"] = at.isoformat().replace("+00:00", "Z")
    entry = {"fullUrl": step.source_id, **step.entry, "response": response}
    return fhir_json.dump({"resourceType": "Bundle", "type": "history", "entry": [entry]})


def requests_of(label: str, path: str, bundle: Resource) -> Requests:
    """Read what `Requests.payload` wrote."""
    meta = bundle.get("meta")
    return Requests(label, path, bundle, str(meta.get("source", "")) if isinstance(meta, dict) else "")


def step_of(label: str, path: str, bundle: Resource) -> ImportStep:
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
    return ImportStep(label, path, (type_, id_), resource, version, entry["fullUrl"])
