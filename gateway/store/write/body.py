"""The bytes of a resource, complete but for its version, which is known only inside the transaction.

A resource is serialised once, before; `Template.at` then splices `meta.versionId` and `meta.lastUpdated` in. That also
answers whether an update changes anything: it does not, if filling in the current version gives the current bytes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from gateway.fhir import fhir_json
from gateway.fhir.dates import format_instant
from gateway.store.layout.records import Resource

_MARK = secrets.token_hex(16)  # no client can guess it, so no content can hold it
_HOLE = f'"versionId":"{_MARK}"'.encode()


@dataclass(frozen=True, slots=True)
class Template:
    before: bytes
    after: bytes

    def at(self, version: int, updated: datetime) -> bytes:
        """The body as that version."""
        return b'%b"versionId":"%d","lastUpdated":"%b"%b' % (
            self.before,
            version,
            format_instant(updated).encode(),
            self.after,
        )

    def __len__(self) -> int:
        return len(self.before) + len(self.after) + 80


def template(resource: Resource, id_: str) -> Template:
    """Serialises `resource` under its logical `id_`; everything but id, versionId and lastUpdated stays as it is, in
    its order."""
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
