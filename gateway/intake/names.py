"""Names: how a source calls a resource, and which id the resource gets here. Pure.

An import has a source: the name that the user gives, else the base of the server that the file mentions, else the
folder of the file. Two sources may use one id for two resources: an id means something only together with its source.
"""

import hashlib
import re
import uuid
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gateway.fhir import fhir_json, r4
from gateway.fhir.bundle import is_id

UUIDS = "urn:uuid"
"""The source of UUIDs, which mean the same in every file."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fhir-gateway:import")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
_DIGEST = "sha256:"
_URN = "urn:uuid:"
_LITERAL = re.compile(r"(?:(https?://[^\s?#]+)/)?([A-Z][A-Za-z]+)/([^\s/?#|]+)(?:/_history/[^\s/?#|]+)?", re.IGNORECASE)
_PORTS = {"http": ":80", "https": ":443"}


class Name(NamedTuple):
    """A resource as its source calls it.

    source: what the id belongs to; see above.
    type: the resource type.
    id: the id in the resource, which need not be valid; else its fullUrl or the digest of its content.
    file: the file or Bundle that names it, if files of the source may contradict each other; else "".
    """

    source: str
    type: str
    id: str
    file: str = ""

    @property
    def keeps_id(self) -> bool:
        """Return whether the id can be the id here, as long as no other source uses it."""
        return is_id(self.id)

    @property
    def is_unique(self) -> bool:
        """Return whether the source is the digest of a Bundle's content, so that nothing else can have the name."""
        return self.source.startswith(_DIGEST)

    @property
    def derived_id(self) -> str:
        """Return the id for a resource that cannot keep its own: always the same for the same name."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.source} {self.type}/{self.id}"))

    @property
    def anywhere(self) -> "Name":
        """Return the name in the source as a whole."""
        return self._replace(file="")

    @property
    def in_file(self) -> "Name":
        """Return the name that holds in its file alone."""
        return Name(self.file, self.type, self.id)


class LiteralReference(NamedTuple):
    """A reference of the form `base/Type/id` without its version; `base` is "" in a relative reference."""

    base: str
    type: str
    id: str


def literal(reference: str) -> LiteralReference | None:
    """Read a literal reference or a RESTful fullUrl, even with an invalid id; return None for any other text."""
    match = _LITERAL.fullmatch(reference)
    if match is None or match[2] not in r4.resource_types():
        return None
    return LiteralReference(normalized(match[1]) if match[1] else "", match[2], match[3])


def normalized(base: str) -> str:
    """Return a server's base in the form that is compared: scheme and host in lower case, no default port."""
    parts = urlsplit(base)
    host = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme.lower(), ""))
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}"


def unversioned(reference: str) -> str:
    """Return the reference without `/_history/…` or a slash at its end: version numbers of a source are not those
    here."""
    return reference.partition("/_history/")[0].rstrip("/")


def is_uuid(text: str) -> bool:
    """Return whether `text` is a UUID as RFC 4122 defines it, with a version and its variant."""
    return _UUID.fullmatch(text) is not None


def uuid_of(full_url: str) -> str:
    """Return the UUID of `urn:uuid:…`, "" if what follows is no UUID, as in `urn:uuid:transient-1`."""
    tail = full_url.removeprefix(_URN)
    return tail if tail != full_url and is_uuid(tail) else ""


def same_urn(url: str) -> str:
    """Return the URL with a UUID in small letters: in which letters it is written makes no difference (RFC 4122)."""
    return url.lower() if url[: len(_URN)].lower() == _URN and is_uuid(url[len(_URN) :]) else url


def digest(value: Any) -> str:
    """Return a digest of JSON content, which does not depend on blanks between its members."""
    return f"{_DIGEST}{hashlib.sha256(fhir_json.dump(value)).hexdigest()}"
