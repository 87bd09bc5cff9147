"""Serialize a resource before its transaction, complete but for the version, which is known only inside.

`Template.at` splices in `meta.versionId` and `meta.lastUpdated`. This also tells whether an update changes anything: it
does not if filling in the current version gives the current bytes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from gateway.fhir import fhir_json
from gateway.fhir.dates import format_instant
from gateway.store.layout.records import Resource

_MARK = secrets.token_hex(16)  # no client can guess it, so no resource contains it
_HOLE = f'"versionId":"{_MARK}"'.encode()


@dataclass(frozen=True, slots=True)
class Template:
    """The bytes of a resource around its versionId and lastUpdated."""

    before: bytes
    after: bytes

    def at(self, version: int, updated: datetime) -> bytes:
        """Return the body as `version`, written at `updated`."""
        return b'%b"versionId":"%d","lastUpdated":"%b"%b' % (
            self.before,
            version,
            format_instant(updated).encode(),
            self.after,
        )

    def __len__(self) -> int:
        """Return the approximate number of bytes of the body."""
        return len(self.before) + len(self.after) + 80


def template(resource: Resource, id_: str) -> Template:
    """Serialize `resource` under its logical `id_`. All but id, versionId and lastUpdated keeps its value and place."""
    before, _, after = fhir_json.dump(_marked(resource, id_)).partition(_HOLE)
    return Template(before, after)


def _marked(resource: Resource, id_: str) -> Resource:
    meta = {"versionId": _MARK, **resource.get("meta", {})}
    meta["versionId"] = _MARK
    meta.pop("lastUpdated", None)
    head = {"resourceType": resource["resourceType"], "id": id_, "meta": meta}
    if "id" in resource and "meta" in resource:
        return {**resource, "id": id_, "meta": meta}
    return {**head, **resource, **head}
