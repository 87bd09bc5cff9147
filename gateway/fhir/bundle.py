"""Read batch and transaction Bundles: the request of each entry, their order, and the references to rewrite.

Nothing is executed here. New ids, and the resources that conditions match, are arguments.
https://hl7.org/fhir/R4/http.html#transaction
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
"""The methods in the order in which a transaction processes them."""

LONGEST_URL = 256 * 1024
"""The characters that a request URL may have, in a Bundle as over HTTP."""

_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64}")
ID_TEXT = "an id is 1 to 64 of A-Z, a-z, 0-9, - and ., and neither . nor .."

_VERSION = "/_history/"
_CONDITIONS = ("ifMatch", "ifNoneMatch", "ifModifiedSince", "ifNoneExist")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL below the server's base, taken apart: `type/id/beyond?query`. An absent part is "".

    path: all but the query, decoded and without slashes at its ends.
    beyond: the steps after type and id, such as `_history` and a version, or `$meta`.
    query: not decoded.
    """

    path: str = ""
    type: str = ""
    id: str = ""
    beyond: tuple[str, ...] = ()
    query: str = ""

    @property
    def operation(self) -> str:
        """The last step if it is `$meta` or another operation, `_search` or `metadata`; otherwise ""."""
        last = self.beyond[-1] if self.beyond else ""
        return last if last.startswith("$") or last in ("_search", "metadata") else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """The request of one Bundle entry. Absent conditions and an absent fullUrl are "".

    index: its position in the Bundle.
    """

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
        """The FHIRPath of the entry in its Bundle."""
        return f"Bundle.entry[{self.index}]"

    @property
    def writes(self) -> bool:
        """Whether it creates, updates, patches or deletes. An operation does not count as a write, even with POST."""
        return self.method not in ("GET", "HEAD") and not self.target.operation

    @property
    def stores(self) -> bool:
        """Whether its resource will be stored as it is."""
        return self.method in ("POST", "PUT") and self.writes

    @property
    def creates(self) -> bool:
        """Whether it is a create."""
        return self.method == "POST"

    @property
    def about(self) -> str:
        """The element for an error without an expression: the condition of a conditional create, or the url."""
        return "request.ifNoneExist" if self.creates and self.if_none_exist else "request.url"


def parse_target(url: str, base: str = "") -> Target:
    """Parse a request URL that is relative or below `base`, which has no slash at its end.

    Raises BadRequest for a URL of another server, and TooLarge for a URL that is too long for HTTP.
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


def request_entries(bundle: Resource) -> Sequence[Any]:
    """Return the entries of a batch or transaction as JSON. Raises BadRequest for any other Bundle."""
    if bundle.get("resourceType") != "Bundle":
        raise BadRequest("the base accepts a Bundle", expression="resourceType")
    if bundle.get("type") not in ("batch", "transaction"):
        raise BadRequest("the base accepts Bundles of type batch or transaction", expression="Bundle.type")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise BadRequest("entry must be an array", expression="Bundle.entry")
    return entries


def parse_entry(index: int, raw: Any, base: str) -> Entry:
    """Parse the JSON of one entry. Raises BadRequest or TooLarge that name the element.

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
        target = parse_target(url, base)
    except GatewayError as error:
        raise place_error(error, path) from None
    conditions = {name: _text(request, name, f"{path}.request") for name in _CONDITIONS if name in request}
    _check_instant(conditions.get("ifModifiedSince", ""), f"{path}.request.ifModifiedSince")
    return Entry(
        index,
        method,
        target,
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
        raise BadRequest(f"{name} must be a non-empty string", expression=f"{path}.{name}")
    return value


def _check_instant(text: str, path: str) -> None:
    try:
        _ = text and parse_instant(text)
    except ValueError:
        raise BadRequest("ifModifiedSince must be an instant, such as 2026-01-31T12:00:00Z", expression=path) from None


def place_error(error: GatewayError, path: str, about: str = "request.url") -> GatewayError:
    """Return the same error with its issues placed below the entry at `path`, as `place_issue` does."""
    return type(error)(error.text, issues=[place_issue(issue, path, about) for issue in error.issues])


def place_issue(issue: Issue, path: str, about: str = "request.url") -> Issue:
    """Return the same issue placed below the entry at `path`. An issue without an expression is placed at `about`.

    `Patient.name[0]` of a resource becomes `Bundle.entry[3].resource.name[0]`.
    """
    head, dot, rest = issue.expression.partition(".")
    if issue.expression == "resourceType":
        return Issue(issue.severity, issue.code, issue.text, f"{path}.resource.resourceType")
    below = f"resource{dot}{rest}" if head in r4.resource_types() else issue.expression or about
    return Issue(issue.severity, issue.code, issue.text, f"{path}.{below}")


def is_id(text: Any) -> bool:
    """Tell whether `text` can be the id of a resource. `.` and `..` cannot: a URL resolves them (RFC 3986 5.2.4)."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def transaction_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort entries as a transaction processes them: by method, and those of one method as written."""
    return sorted(entries, key=lambda entry: METHODS.index(entry.method))


def batch_phases(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Group the entries of a batch in processing order: deletes, creates, updates and patches, operations, reads."""
    phases: list[list[Entry]] = [[] for _ in range(5)]
    for entry in entries:
        phases[_phase(entry)].append(entry)
    return [phase for phase in phases if phase]


def _phase(entry: Entry) -> int:
    if not entry.writes:
        return 4 if entry.method in ("GET", "HEAD") else 3
    return ("DELETE", "POST").index(entry.method) if entry.method in ("DELETE", "POST") else 2


def clashes(entries: Iterable[tuple[Entry, str]]) -> list[Issue]:
    """Return an issue for each resource that two entries of a transaction write, and each fullUrl that two share.

    Each entry comes with the `Type/id` it writes, "" if it writes nothing.
    """
    issues, written, urls = [], set[str](), set[str]()
    for entry, key in entries:
        if key in written:
            text = "a transaction may write a resource only once"
            issues.append(Issue("error", "invalid", text, f"{entry.path}.request.url"))
        if entry.resource is not None and entry.full_url in urls:
            issues.append(Issue("error", "invalid", "two entries share this fullUrl", f"{entry.path}.fullUrl"))
        written |= {key} - {""}
        urls |= {entry.full_url} - {""} if entry.resource is not None else set()
    return issues


def new_addresses(entries: Iterable[tuple[Entry, str, bool]]) -> dict[str, str]:
    """Return fullUrl -> `Type/id` of each resource as it will be stored. References to the first become the second.

    Each entry comes with its `Type/id`, and whether the transaction creates it. A reference to any version of a posted
    resource becomes a reference to the version that is created (https://hl7.org/fhir/R4/http.html#trules), or to the
    resource if it existed before. For it the result has the key `fullUrl/_history/`.
    """
    addresses: dict[str, str] = {}
    for entry, key, created in entries:
        if entry.resource is None or not entry.full_url:
            continue
        addresses[entry.full_url] = key
        if entry.creates:
            addresses[entry.full_url + _VERSION] = f"{key}{_VERSION}1" if created else key
    return addresses


def replacement(entry: Entry, addresses: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return the function that gives the new text of a reference inside `entry`, or None to keep it.

    `addresses` is fullUrl (or conditional reference) -> `Type/id`. A relative reference is resolved against the root of
    the entry's own fullUrl (https://hl7.org/fhir/R4/bundle.html#references).
    """
    root = _root(entry)

    def new(reference: str) -> str | None:  # called for every URI in the Bundle; nearly all are code systems
        url, hash_, fragment = reference.partition("#") if "#" in reference else (reference, "", "")
        address = addresses.get(url)
        if address is None and root and not url.startswith("http"):
            address = addresses.get(root + url)
        if address is None and _VERSION in url:
            # Whichever version is named, `new_addresses` has one key for all of them, which ends with `/_history/`.
            address = new("".join(url.partition(_VERSION)[:2])) if not url.endswith(_VERSION) else None
        return None if address is None else address + hash_ + fragment

    return new


def _root(entry: Entry) -> str:
    """Return `http://host/fhir/` of a fullUrl `http://host/fhir/Type/id`, "" of any other fullUrl."""
    url, _, tail = entry.full_url.rpartition(f"/{entry.target.type}/")
    return f"{url}/" if url.startswith(("http://", "https://")) and tail and "/" not in tail else ""
