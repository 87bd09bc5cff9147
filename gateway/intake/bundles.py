"""Resources of any origin -> transaction and batch Bundles that can be sent twice without making doubles.

An unconditional create becomes an update-as-create under the id that the file itself gives: the resource's id, the
UUID of its fullUrl, or a name-based UUID of its content. Conditional entries stay as they are.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.fhir import json, references
from gateway.fhir.json import Resource
from gateway.fhir.r4 import resource_types
from gateway.intake.files import Read, resources

BATCH = 200
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
SKIPPED = ("Parameters", "OperationOutcome", "CapabilityStatement")
"""Answers of servers, not records: they come along in captured traffic."""


@dataclass(slots=True)
class Item:
    """A Bundle to send, and for each entry where it comes from."""

    bundle: Resource
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that cannot be put into a Bundle at all."""

    label: str
    reason: str
    raw: bytes


def bundled(files: Iterable[Path]) -> Iterator[Item | Refused]:
    """Everything in the files."""
    return bundles(read for file in files for read in resources(file))


def bundles(reads: Iterable[Read]) -> Iterator[Item | Refused]:
    """Transactions as they come, everything else in batches."""
    batch = _batch()
    for read in reads:
        resource = read.resource
        if resource is None or resource.get("resourceType") not in resource_types():
            yield Refused(read.label, read.fault or "not a FHIR R4 resource (resourceType)", read.raw)
        elif resource["resourceType"] == "Bundle" and resource.get("type") in ("transaction", "batch"):
            yield _requests(read.label, resource)
        else:
            for label, entry in _entries(read.label, resource):
                batch.bundle["entry"].append(entry)
                batch.labels.append(label)
                if len(batch.labels) >= BATCH:
                    yield batch
                    batch = _batch()
    if batch.labels:
        yield batch


def _batch() -> Item:
    return Item({"resourceType": "Bundle", "type": "batch", "entry": []})


def _requests(label: str, bundle: Resource) -> Item:
    entries = [entry for entry in _listed(bundle, "entry")]
    settled = [_settle(entry) for entry in entries]
    labels = [f"{label}#Bundle.entry[{n}]" for n in range(len(settled))]
    return Item({**bundle, "entry": settled}, labels)


def _settle(entry: dict[str, Any]) -> dict[str, Any]:
    """POST without a condition -> PUT under an id of the entry's own."""
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict) or not isinstance(resource, dict):
        return entry
    plain = request.get("method") == "POST" and "ifNoneExist" not in request
    if not plain or request.get("url") != resource.get("resourceType"):
        return entry
    return {**entry, **_put(resource, entry.get("fullUrl"))}


def _identity(resource: Resource, full_url: object) -> str:
    if isinstance(full_url, str) and full_url.startswith("urn:uuid:") and ID.match(full_url[9:]):
        return full_url[9:]
    given = resource.get("id")
    if isinstance(given, str) and ID.match(given):
        return given
    return str(uuid.UUID(bytes=hashlib.sha256(json.dump(resource)).digest()[:16], version=5))


def _entries(label: str, resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    """A resource by itself, or those of a collection, searchset, history, document or message."""
    if resource["resourceType"] != "Bundle":
        if resource["resourceType"] not in SKIPPED:
            yield label, _put(resource, None)
        return
    entries = [entry for entry in _listed(resource, "entry") if _record(entry)]
    known = {
        url: f"{entry['resource']['resourceType']}/{_identity(entry['resource'], url)}"
        for entry in entries
        if isinstance(url := entry.get("fullUrl"), str) and url.startswith("urn:")
    }
    for number, entry in enumerate(entries):
        body = references.rewrite(entry["resource"], known.get) if known else entry["resource"]
        yield f"{label}#Bundle.entry[{number}]", _put(body, entry.get("fullUrl"))


def _listed(bundle: Resource, name: str) -> list[dict[str, Any]]:
    value = bundle.get(name, [])
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _record(entry: dict[str, Any]) -> bool:
    resource = entry.get("resource")
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    return isinstance(type_, str) and type_ not in SKIPPED


def _put(resource: Resource, full_url: object) -> dict[str, Any]:
    identity = _identity(resource, full_url)
    url = f"{resource['resourceType']}/{identity}"
    return {"resource": {**resource, "id": identity}, "request": {"method": "PUT", "url": url}}
