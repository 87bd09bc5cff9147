"""Batch and transaction Bundles as plans: what each entry asks for, in which order, and which references change.

Pure: ids, and what the conditions match, are arguments. https://hl7.org/fhir/R4/http.html#transaction
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from gateway.errors import BadRequest, GatewayError, Issue, TooLarge
from gateway.fhir import r4
from gateway.fhir.dates import parse_instant
from gateway.fhir.fhir_json import Resource

METHODS = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
"""In the order in which a transaction processes them."""

LONGEST_URL = 256 * 1024
"""Characters that a request URL may have, in a Bundle as over HTTP."""

_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64}")
ID_TEXT = "an id is 1 to 64 of A-Z, a-z, 0-9, - and ., and neither . nor .."

_VERSION = "/_history/"
_CONDITIONS = ("ifMatch", "ifNoneMatch", "ifModifiedSince", "ifNoneExist")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL below the server's base: `type/id/beyond?query`; what is absent is "". `path` is all but the query, decoded
    and without slashes at its ends; `query` is raw."""

    path: str = ""
    type: str = ""
    id: str = ""
    beyond: tuple[str, ...] = ()
    query: str = ""

    @property
    def operation(self) -> str:
        """`$meta`, `_search`, `metadata` of a URL that ends so."""
        last = self.beyond[-1] if self.beyond else ""
        return last if last.startswith("$") or last in ("_search", "metadata") else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of a Bundle; `index` is its place in it. Absent conditions and fullUrl are ""."""

    index: int
    method: str
    target: Target
    resource: Resource | None = None
    full_url: str = ""
    if_match: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
    if_none_exist: str = ""

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.index}]"

    @property
    def writes(self) -> bool:
        """Whether it creates, updates, patches or deletes: operations are called, whatever their method."""
        return self.method not in ("GET", "HEAD") and not self.target.operation

    @property
    def stores(self) -> bool:
        """Whether its resource is what is to be stored, as it is."""
        return self.method in ("POST", "PUT") and self.writes

    @property
    def creates(self) -> bool:
        return self.method == "POST"

    @property
    def about(self) -> str:
        """Return the element to blame for an error that names none: that of the condition, else the url."""
        return "request.ifNoneExist" if self.creates and self.if_none_exist else "request.url"


def target(url: str, base: str = "") -> Target:
    """Read a request URL, relative or below `base` (without final slash).

    Raises BadRequest for any other URL, and TooLarge for one that is too long for HTTP.
    """
    if len(url) > LONGEST_URL:
        raise TooLarge(f"request.url may have at most {LONGEST_URL:,} characters")
    path, _, query = url.removeprefix(f"{base}/" if base else "").removeprefix("/").partition("?")
    if "://" in path:
        raise BadRequest("request.url is not on this server")
    parts = [unquote(part) for part in path.rstrip("/").split("/")] if path else []
    path = "/".join(parts)
    type_ = parts.pop(0) if parts and parts[0][:1] not in ("_", "$") and parts[0] != "metadata" else ""
    id_ = parts.pop(0) if type_ and parts and parts[0][:1] not in ("_", "$") else ""
    return Target(path, type_, id_, tuple(parts), query)


def requests(bundle: Resource) -> Sequence[Any]:
    """The raw entries of a batch or transaction. Raises BadRequest for any other Bundle."""
    if bundle.get("resourceType") != "Bundle":
        raise BadRequest("the base accepts a Bundle", expression="resourceType")
    if bundle.get("type") not in ("batch", "transaction"):
        raise BadRequest("the base accepts Bundles of type batch or transaction", expression="Bundle.type")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise BadRequest("entry must be an array", expression="Bundle.entry")
    return entries


def entry(index: int, raw: Any, base: str) -> Entry:
    """Read one raw entry. Raises BadRequest or TooLarge that name the element.

    Whether url, method and resource go together is for the interaction to judge, as it does for requests over HTTP.
    """
    path = f"Bundle.entry[{index}]"
    request = raw.get("request") if isinstance(raw, dict) else None
    if not isinstance(request, dict):
        raise BadRequest("an entry needs a request", expression=f"{path}.request")
    if "resource" in raw and not isinstance(raw["resource"], dict):
        fault = "is null: leave it out, or send" if raw["resource"] is None else "must be"
        raise BadRequest(f"resource {fault} an object", expression=f"{path}.resource")
    method = _text(request, "method", f"{path}.request")
    if method not in METHODS:
        raise BadRequest(f"request.method must be one of {', '.join(METHODS)}", expression=f"{path}.request.method")
    url = _text(request, "url", f"{path}.request")
    try:
        found = target(url, base)
    except GatewayError as error:
        raise named(error, path) from None
    conditions = {name: _text(request, name, f"{path}.request") for name in _CONDITIONS if name in request}
    _check_instant(conditions.get("ifModifiedSince", ""), f"{path}.request.ifModifiedSince")
    return Entry(
        index,
        method,
        found,
        raw.get("resource") if method in ("POST", "PUT", "PATCH") else None,
        _text(raw, "fullUrl", path) if "fullUrl" in raw else "",
        conditions.get("ifMatch", ""),
        conditions.get("ifNoneMatch", ""),
        conditions.get("ifModifiedSince", ""),
        conditions.get("ifNoneExist", ""),
    )


def _text(raw: Mapping[str, Any], name: str, path: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} must be a string that is not empty", expression=f"{path}.{name}")
    return value


def _check_instant(text: str, path: str) -> None:
    try:
        _ = text and parse_instant(text)
    except ValueError:
        raise BadRequest("ifModifiedSince is an instant, such as 2026-01-31T12:00:00Z", expression=path) from None


def named(error: GatewayError, path: str, about: str = "request.url") -> GatewayError:
    """Return the same error with its issues placed below the entry at `path`; see `within`."""
    return type(error)(error.text, issues=[within(issue, path, about) for issue in error.issues])


def within(issue: Issue, path: str, about: str = "request.url") -> Issue:
    """Return the issue placed below the entry at `path`; an issue without an expression is placed at `about`.

    `Patient.name[0]` of a resource becomes `Bundle.entry[3].resource.name[0]`.
    """
    head, dot, rest = issue.expression.partition(".")
    if issue.expression == "resourceType":
        return Issue(issue.severity, issue.code, issue.text, f"{path}.resource.resourceType")
    below = f"resource{dot}{rest}" if head in r4.resource_types() else issue.expression or about
    return Issue(issue.severity, issue.code, issue.text, f"{path}.{below}")


def check_id(type_: str, id_: str, own: Any) -> None:
    """An update's url and body agree on a valid id, else BadRequest (https://hl7.org/fhir/R4/http.html#update)."""
    if not is_id(id_):
        raise BadRequest(ID_TEXT)
    if own != id_:
        raise BadRequest("the resource's id must be there and equal to the id in the url", expression=f"{type_}.id")


def is_id(text: Any) -> bool:
    """Tell whether `text` can be the id of a resource here. `.` and `..` cannot: a URL reads them as other addresses
    (RFC 3986 5.2.4)."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """DELETE, POST, PUT, GET; among equals as written."""
    return sorted(entries, key=lambda entry: METHODS.index(entry.method))


def kinds(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The same order for a batch: deletes, creates, updates with patches, operations that are posted, and reads."""
    found: list[list[Entry]] = [[] for _ in range(5)]
    for entry in entries:
        found[_kind(entry)].append(entry)
    return [kind for kind in found if kind]


def _kind(entry: Entry) -> int:
    if not entry.writes:
        return 4 if entry.method in ("GET", "HEAD") else 3
    return ("DELETE", "POST").index(entry.method) if entry.method in ("DELETE", "POST") else 2


def clashes(entries: Iterable[tuple[Entry, str]]) -> list[Issue]:
    """Resources (`Type/id`, "" none) that two entries of a transaction would write, and fullUrls that two share."""
    issues, written, urls = [], set[str](), set[str]()
    for item, key in entries:
        if key in written:
            text = "a transaction may write a resource only once"
            issues.append(Issue("error", "invalid", text, f"{item.path}.request.url"))
        if item.resource is not None and item.full_url in urls:
            issues.append(Issue("error", "invalid", "two entries share this fullUrl", f"{item.path}.fullUrl"))
        written |= {key} - {""}
        urls |= {item.full_url} - {""} if item.resource is not None else set()
    return issues


def moves(entries: Iterable[tuple[Entry, str, bool]]) -> dict[str, str]:
    """fullUrl -> `Type/id` where the resource will live; references to one become references to the other. The flag
    says that it is created here.

    A reference to a version of a posted resource, whichever it names, becomes one to the version that is created
    (https://hl7.org/fhir/R4/http.html#trules); where the resource was here already, to the resource.
    """
    found: dict[str, str] = {}
    for item, key, created in entries:
        if item.resource is None or not item.full_url:
            continue
        found[item.full_url] = key
        if item.creates:
            found[item.full_url + _VERSION] = f"{key}{_VERSION}1" if created else key
    return found


def replacement(item: Entry, moved: Mapping[str, str]) -> Callable[[str], str | None]:
    """What a reference inside `item` becomes: None keeps it. `moved`: fullUrl (or conditional reference) -> `Type/id`.

    A relative reference counts as below the root of the entry's own fullUrl
    (https://hl7.org/fhir/R4/bundle.html#references).
    """
    root = _root(item)

    def new(reference: str) -> str | None:  # asked of every URI in the Bundle, nearly all of them addresses of codes
        url, hash_, fragment = reference.partition("#") if "#" in reference else (reference, "", "")
        found = moved.get(url)
        if found is None and root and not url.startswith("http"):
            found = moved.get(root + url)
        if found is None and _VERSION in url:
            found = new("".join(url.partition(_VERSION)[:2])) if not url.endswith(_VERSION) else None
        return None if found is None else found + hash_ + fragment

    return new


def _root(item: Entry) -> str:
    """`http://host/fhir/` of a fullUrl `http://host/fhir/Type/id`, else ""."""
    url, _, tail = item.full_url.rpartition(f"/{item.target.type}/")
    return f"{url}/" if url.startswith(("http://", "https://")) and tail and "/" not in tail else ""
