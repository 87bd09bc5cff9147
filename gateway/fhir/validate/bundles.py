"""The rules of a Bundle that speak of single entries, each said of the entry at fault.

bdl-2, bdl-3, bdl-4 and bdl-7 of https://hl7.org/fhir/R4/bundle.html#invs, and that the fullUrl "SHALL NOT disagree with
the id in the resource". Entries may have any shape here: this is looked at beside the structure, not after it.
"""

from collections.abc import Iterator
from typing import Any

from gateway.fhir.references import parse_reference
from gateway.fhir.validate import bundle_references
from gateway.fhir.validate.findings import ValidationIssue

KEYS = frozenset({"bdl-2", "bdl-3", "bdl-4", "bdl-7"})

_REQUESTED = frozenset({"batch", "transaction", "history"})
_ANSWERED = frozenset({"batch-response", "transaction-response", "history"})
_SINGLE = frozenset({"self", "first", "previous", "prev", "next", "last"})


def bundle(value: dict[str, Any]) -> list[ValidationIssue]:
    """Report what is wrong with the entries and links of a Bundle, and with the references between its entries."""
    return [*_entries(value), *_links(value), *bundle_references.findings(value)]


def _entries(value: dict[str, Any]) -> Iterator[ValidationIssue]:
    type_ = value.get("type")
    seen: set[str] = set()
    for index, entry in enumerate(_listed(value, "entry")):
        if type(entry) is not dict:
            continue
        path = f".entry[{index}]"
        if type(type_) is str:
            yield from _members(path, type_, entry)
        if type(url := entry.get("fullUrl")) is str:
            resource = entry.get("resource")
            yield from _addressed(path, url, resource if type(resource) is dict else {})
            version = f"{url} {_version(resource)}"
            if version in seen and type_ != "history":
                text = "bdl-7: another entry has this fullUrl, and no other meta.versionId"
                yield ValidationIssue(f"{path}.fullUrl", "invariant", text)
            seen.add(version)


def _members(path: str, type_: str, entry: dict[str, Any]) -> Iterator[ValidationIssue]:
    """The members an entry must have, or must not have, in a Bundle of this type."""
    if "search" in entry and type_ != "searchset":
        yield ValidationIssue(f"{path}.search", "invariant", "bdl-2: entry.search only when a search")
    for rule, name, wanted in (("bdl-3", "request", _REQUESTED), ("bdl-4", "response", _ANSWERED)):
        if (name in entry) != (type_ in wanted):
            verb = "mandatory" if type_ in wanted else "not allowed"
            yield ValidationIssue(f"{path}.{name}", "invariant", f"{rule}: entry.{name} is {verb} in a {type_}")


def _addressed(path: str, url: str, resource: dict[str, Any]) -> Iterator[ValidationIssue]:
    """A fullUrl that ends in Type/id must be that of the resource."""
    parts = parse_reference(url)
    own = resource.get("resourceType"), resource.get("id")
    if parts is not None and parts.base and parts.version is None and None not in own and own != (parts.type, parts.id):
        yield ValidationIssue(
            f"{path}.fullUrl", "invariant", f"the fullUrl disagrees with the resource, {own[0]}/{own[1]}"
        )


def _version(resource: Any) -> Any:
    meta = resource.get("meta") if type(resource) is dict else None
    return meta.get("versionId", "") if type(meta) is dict else ""


def _links(value: dict[str, Any]) -> Iterator[ValidationIssue]:
    seen: set[str] = set()
    for index, link in enumerate(_listed(value, "link")):
        relation = link.get("relation") if type(link) is dict else None
        if type(relation) is not str or relation not in _SINGLE:
            continue
        if relation in seen:
            yield ValidationIssue(f".link[{index}].relation", "invariant", f"two links are {relation!r}", "warning")
        seen.add(relation)


def _listed(value: dict[str, Any], name: str) -> list[Any]:
    items = value.get(name)
    return items if type(items) is list else []
