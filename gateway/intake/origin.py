"""Find out where a file's resources come from: the source of their ids, and the scope of other names. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.fhir.fhir_json import Resource
from gateway.intake import names
from gateway.intake.files import FileRead
from gateway.intake.names import UUIDS, Name

_OWN_IDENTITY = ("document", "message")
_SERVED = ("searchset", "history")


@dataclass(frozen=True, slots=True)
class ImportOrigin:
    """The origin of the resources of one file, or of one Bundle in it.

    source: the scope of ids.
    base: the server that the Bundle mentions, "" if it mentions none.
    file: the scope of names such as `urn:uuid:transient-1`.
    named: whether the user has named the source.
    """

    source: str
    base: str
    file: str
    named: bool

    @property
    def is_consistent(self) -> bool:
        """Return whether an id means the same in all files of the source: one server, or the user says so."""
        return self.named or bool(self.base)

    def source_of(self, base: str) -> str:
        """Return the source of ids at `base`, a normalized base or ""."""
        if not base or base == self.base:
            return self.source
        if self.named:
            return f"{self.source} {base}" if self.base else self.source
        return base

    def reference(self, type_: str, id_: str, base: str = "") -> Name:
        """Return the name of a resource that a reference in the file leads to."""
        return self.uuid(type_, id_, base) if names.is_uuid(id_) else Name(self.source_of(base), type_, id_)

    def uuid(self, type_: str, uuid: str, base: str = "") -> Name:
        """Return the name of a resource that is known by its UUID."""
        return Name(UUIDS, type_, uuid, self.source_of(base) if base or self.is_consistent else self.file)

    def definition(self, type_: str, id_: str, base: str = "") -> Name:
        """Return the name of a resource that the file holds, by the id in the resource."""
        name = self.reference(type_, id_, base)
        return name if name.file or base or self.is_consistent else name._replace(file=self.file)

    def local(self, type_: str, text: str) -> Name:
        """Return the name of a resource that only this file or Bundle calls `text`."""
        return Name(self.file, type_, text)


def origin_of(read: FileRead, chosen: str) -> ImportOrigin:
    """Return where a file's content comes from; `chosen` is the source that the user names, or ""."""
    path = Path(read.path).resolve()
    resource = read.resource or {}
    is_bundle = resource.get("resourceType") == "Bundle"
    base = _base(resource) if is_bundle else ""
    source = chosen or base or str(path.parent)
    file = f"{path}{_identity(read, resource)}" if is_bundle else str(path)
    return ImportOrigin(source, base, f"{source} {file}" if chosen or base else file, bool(chosen))


def entries(bundle: Resource) -> Iterator[dict[str, Any]]:
    """Yield the entries that are objects."""
    listed = bundle.get("entry")
    return (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else iter(())


def _identity(read: FileRead, bundle: Resource) -> str:
    """Tell apart Bundles that come in files of one name: by identifier, or by content where they should have one."""
    identifier = bundle.get("identifier")
    if isinstance(identifier, dict) and identifier.get("value"):
        return f" {identifier.get('system', '')}|{identifier['value']}"
    return f" {names.digest(bundle)}" if read.is_line or bundle.get("type") in _OWN_IDENTITY else ""


def _base(bundle: Resource) -> str:
    """Return the base of most fullUrls, else that of the links of a searchset or history, else ""."""
    literals = (names.literal(str(entry.get("fullUrl"))) for entry in entries(bundle))
    bases = Counter(literal.base for literal in literals if literal is not None and literal.base)
    if bases:
        return bases.most_common(1)[0][0]
    links = bundle.get("link") if bundle.get("type") in _SERVED else None
    urls = (link.get("url") for link in links if isinstance(link, dict)) if isinstance(links, list) else ()
    return next((base for url in urls if isinstance(url, str) and (base := _base_of_link(url))), "")


def _base_of_link(url: str) -> str:
    """`http://server/fhir/Patient?name=x` -> `http://server/fhir`; "" for a link that shows no base."""
    path = url.partition("?")[0]
    if not path.startswith(("http://", "https://")):
        return ""
    parts = path.split("/")
    for number, part in enumerate(parts[3:], 3):
        if names.literal(f"{part}/x") is not None or part == "_history":
            return names.normalized("/".join(parts[:number]))
    return names.normalized(path) if path != url else ""
