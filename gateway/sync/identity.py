"""Translate a resource between its form here and its form at a partner. Pure.

A pulled resource gets an id derived from the partner's name and its id there, so that foreign ids never meet ours, and
references can be rewritten before their targets have arrived. Every gateway that a resource passes leaves one tag,

    {"system": "urn:fhir-gateway:source", "version": "3", "code": "north/Patient/17"}

which says "this is Patient/17 of north, in version 3". With the tags, conditional creates can be repeated, echoes can
be told from news, and a lost crosswalk can be rebuilt (https://hl7.org/fhir/R4/resource.html#tag-updates).
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from gateway.fhir import fhir_json, references
from gateway.fhir.bundle import is_id
from gateway.fhir.fhir_json import Resource
from gateway.sync.partners import Partner

SYSTEM = "urn:fhir-gateway:source"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, SYSTEM)
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)

Resolve = Callable[[str, str, str | None], str | None]
"""(type, id, version) of a reference on one side -> the reference on the other side, None to keep it."""


class Origin(NamedTuple):
    """A resource's type and id at a site, and the version there that the resource reflects; empty if unknown."""

    site: str
    type: str
    id: str
    version: str = ""

    @property
    def code(self) -> str:
        """The code of the tag."""
        return f"{self.site}/{self.type}/{self.id}"

    @property
    def tag(self) -> dict[str, str]:
        """The tag, as a Coding."""
        return {"system": SYSTEM, **({"version": self.version} if self.version else {}), "code": self.code}

    @property
    def query(self) -> str:
        """Return the search that finds the resource anywhere, as If-None-Exist takes it."""
        return f"_tag={quote(f'{SYSTEM}|{self.code}', safe='')}"


def local_id(partner: str, type_: str, remote_id: str) -> str:
    """Return the id here of a resource of the partner."""
    return str(uuid.uuid5(_NAMESPACE, f"{partner}/{type_}/{remote_id}"))


def origins(resource: Resource) -> dict[str, Origin]:
    """Return site name -> origin, by the resource's tags."""
    found = [_origin(tag) for tag in _tags(resource) if _is_ours(tag)]
    return {origin.site: origin for origin in found if origin is not None}


def version_of(resource: Resource) -> str:
    """Return the version that the partner gave it; a digest of the content if it gave none."""
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    if is_id(version):
        return str(version)
    return "sha256-" + hashlib.sha256(fhir_json.dump(content(resource))).hexdigest()[:40]


def content(resource: Resource) -> Resource:
    """Return what two copies of a resource have in common: everything but id, history and tags of gateways."""
    kept = {key: value for key, value in resource.items() if key not in ("id", "meta")}
    meta = _meta(resource)
    for key in ("versionId", "lastUpdated", "source"):
        meta.pop(key, None)
    _put_tags(meta, [tag for tag in _tags(resource) if not _is_ours(tag)])
    return {**kept, "meta": meta} if meta else kept


def arriving(resource: Resource, partner: Partner, id_: str, origin: Origin, resolve: Resolve) -> Resource:
    """Return the local form of a partner's resource: our id, our references, and its origin as a tag."""
    meta = _meta(resource)
    version = f"/_history/{origin.version}" if is_id(meta.get("versionId")) else ""
    # A source that is already there names the system before the partner: that one is the truth.
    meta.setdefault("source", f"{partner.base_url}/{origin.type}/{origin.id}{version}")
    tags = [tag for tag in _tags(resource) if not _is_ours(tag) or _site(tag) not in (partner.site, partner.name)]
    _put_tags(meta, [*tags, origin.tag])
    return _moved(resource, id_, meta, lambda text: _translated(text, partner.base_url, resolve))


def departing(resource: Resource, partner: Partner, id_: str | None, origin: Origin, resolve: Resolve) -> Resource:
    """Return the form in which a partner gets a resource of ours. `id_` is its id there, None if it is new there."""
    meta = _meta(resource)
    meta.pop("versionId", None)
    meta.pop("lastUpdated", None)
    if str(meta.get("source", "")).startswith(partner.base_url + "/"):
        del meta["source"]  # ours: see `arriving`
    tags = [tag for tag in _tags(resource) if not _is_ours(tag) or _site(tag) not in (partner.site, partner.name)]
    _put_tags(meta, [*tags, origin.tag])
    return _moved(resource, id_, meta, lambda text: _translated(text, None, resolve))


def logical(reference: str, site: str) -> dict[str, str]:
    """Return the identifier that stands for a resource of ours that the partner cannot have."""
    return {"system": SYSTEM, "value": f"{site}/{reference}"}


def _moved(resource: Resource, id_: str | None, meta: Resource, new: Callable[[str], str | None]) -> Resource:
    rest = {key: value for key, value in resource.items() if key not in ("resourceType", "id", "meta")}
    head: Resource = {"resourceType": resource["resourceType"]}
    if id_ is not None:
        head["id"] = id_
    # meta is left out of the rewriting: its source is the address of a resource and must stay one.
    moved = references.rewrite({"resourceType": resource["resourceType"], **rest}, new)
    return {**head, "meta": meta, **{key: value for key, value in moved.items() if key != "resourceType"}}


def _translated(text: str, base: str | None, resolve: Resolve) -> str | None:
    """Translate a reference. Absolute references below `base` are translated like relative ones."""
    if base is not None and text.startswith(base + "/"):
        text = text[len(base) + 1 :]
    elif _ABSOLUTE.match(text):
        return None
    reference = references.parse_reference(text)
    return None if reference is None else resolve(reference.type, reference.id, reference.version)


def _meta(resource: Resource) -> Resource:
    meta = resource.get("meta")
    return dict(meta) if isinstance(meta, dict) else {}


def _tags(resource: Resource) -> list[Any]:
    tags = _meta(resource).get("tag")
    return tags if isinstance(tags, list) else []


def _put_tags(meta: Resource, tags: list[Any]) -> None:
    if tags:
        meta["tag"] = tags
    else:
        meta.pop("tag", None)


def _is_ours(tag: object) -> bool:
    return isinstance(tag, dict) and tag.get("system") == SYSTEM


def _site(tag: dict[str, Any]) -> str:
    return str(tag.get("code", "")).partition("/")[0]


def _origin(tag: dict[str, Any]) -> Origin | None:
    parts = str(tag.get("code", "")).split("/")
    if len(parts) != 3 or not all(parts) or not is_id(parts[2]):
        return None
    version = tag.get("version")
    return Origin(parts[0], parts[1], parts[2], version if isinstance(version, str) else "")
