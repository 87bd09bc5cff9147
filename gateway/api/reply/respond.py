"""Build replies, and write them as HTTP responses or as entries of a Bundle.

Stored bytes are joined, never decoded, so that a searchset costs no more than a concatenation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import Any

import msgspec
from starlette.responses import Response

from gateway import budget, event_loop
from gateway.api.call import binary
from gateway.api.protocol import etags
from gateway.api.protocol.negotiation import Format
from gateway.errors import Busy, GatewayError, Issue, TooCostly
from gateway.fhir import fhir_json, xml
from gateway.fhir.dates import format_instant
from gateway.fhir.outcome import outcome
from gateway.store.layout.records import Stored

_DONE = Issue("information", "informational", "done")
_AS_XML = 2
"""How many times its bytes an answer costs if it is written as XML, because it is parsed first."""
_ENTRY_OVERHEAD = 500
"""Approximate bytes of an entry of a Bundle besides the body of its reply."""
_LARGE_BUNDLE = 8 * 1024 * 1024
"""Bytes of a Bundle that are joined on the event loop: two milliseconds of work."""
_MAX_DEPTH = 256  # levels of JSON: a resource of the greatest depth, in a Bundle or two
_NOTHING = Issue("information", "informational", "there was nothing to delete")


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of an interaction.

    body: a complete FHIR resource, or b"".
    stored: the version that ETag and Last-Modified describe.
    location: an absolute URL.
    issues: those of which `body` is the OperationOutcome.
    etag: the ETag of a body that is not stored.
    """

    status: int
    body: bytes = b""
    stored: Stored | None = None
    location: str = ""
    issues: tuple[Issue, ...] = ()
    etag: str = ""


def written(status: int, stored: Stored, returns: str, location: str = "", warnings: Sequence[Issue] = ()) -> Reply:
    """Build the reply to a write, its body as `Prefer: return=` demands; "" means representation."""
    if returns == "OperationOutcome":
        issues = (_DONE, *warnings)
        return Reply(status, fhir_json.dump(outcome(issues)), stored, location, issues)
    return Reply(status, b"" if returns == "minimal" else stored.body, stored, location)


def deleted(tombstone: Stored | None, returns: str) -> Reply:
    """Build the reply to a delete; `tombstone` is None if there never was a resource.

    A second delete succeeds like the first.
    """
    if returns == "minimal":
        return Reply(204, stored=tombstone)
    issue = _DONE if tombstone else _NOTHING
    return Reply(200, fhir_json.dump(outcome([issue])), tombstone, issues=(issue,))


def without_body(reply: Reply) -> Reply:
    """Return the reply without its body, unless the body is an OperationOutcome."""
    return replace(reply, body=b"") if not reply.issues else reply


def charged(reply: Reply, *, wrote: bool) -> Reply:
    """Charge the request for a reply, as all entries share its budget, and return the reply.

    If its body is too large, a reply that `wrote` loses the body, because the write has succeeded. Raises TooCostly or
    Busy for other replies.
    """
    try:
        budget.spend(bytes=len(reply.body) + _ENTRY_OVERHEAD)
    except (TooCostly, Busy):
        if not wrote:
            raise
        return without_body(reply)
    return reply


def failure(error: GatewayError) -> Reply:
    """Build the reply to a request that failed."""
    return Reply(error.status, fhir_json.dump(outcome(error.issues)), issues=tuple(error.issues))


def http(reply: Reply, format_: Format, *, head: bool = False) -> Response:
    """Build the HTTP response; a HEAD request gets the headers about the body, not the body."""
    headers = _headers(reply)
    body, about = _native(reply, format_) or _resource(reply, format_)
    response = Response(body, reply.status, headers | about)
    if head:
        response.body = b""
    return response


def _headers(reply: Reply) -> dict[str, str]:
    headers = {"Vary": "Accept"}
    if reply.stored is not None:
        headers["ETag"] = etags.etag(reply.stored.version)
        headers["Last-Modified"] = etags.http_date(reply.stored.updated)
    if reply.etag:
        headers["ETag"] = reply.etag
    if reply.location:
        headers["Location"] = reply.location
    if reply.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="fhir"'
    if reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["Connection"] = "close"  # else the server would go on reading what is still to come
    return headers


def _native(reply: Reply, format_: Format) -> tuple[bytes, dict[str, str]] | None:
    """Return the content of a Binary that is read, None if the client asks for the resource."""
    if format_.native is None or reply.stored is None or reply.status != HTTPStatus.OK:
        return None
    return binary.content(reply.stored.body, format_.native)


def _resource(reply: Reply, format_: Format) -> tuple[bytes, dict[str, str]]:
    if not reply.body:
        return b"", {}
    return _written(reply.body, format_), {"Content-Type": format_.content_type}


def _written(body: bytes, format_: Format) -> bytes:
    """Convert `body`, which is JSON, to the format of the response; JSON that is not indented stays as it is stored."""
    if format_.xml:
        return xml.dump(fhir_json.parse(body, max_depth=_MAX_DEPTH), pretty=format_.pretty)
    return msgspec.json.format(body, indent=2) if format_.pretty else body


async def http_in_turn(reply: Reply, format_: Format, *, head: bool = False) -> Response:
    """Build the HTTP response, in a thread if it takes long.

    Raises TooCostly if the body is too large to be written as XML, unless the request has written to the store: then
    the client must learn of it.
    """
    if format_.xml and event_loop.is_large(reply.body) and (allowance := budget.current()) and not allowance.wrote:
        allowance.spend(bytes=_AS_XML * len(reply.body))
    if format_.xml or format_.pretty or format_.native is not None:
        return await event_loop.run(partial(http, reply, format_, head=head), reply.body)
    return http(reply, format_, head=head)


def problem(status: int, title: str, issues: Iterable[Issue] = ()) -> Response:
    """Build the response to an error outside `/fhir` (RFC 9457).

    Its member `errors` lists the issues that have an expression: the `field` of a document, or the `path` in the FHIR
    resource.
    """
    members: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    placed = [_error_member(issue) for issue in issues if issue.expression and issue.severity in ("error", "fatal")]
    body = fhir_json.dump({**members, "errors": placed} if placed else members)
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return Response(body, status, headers, media_type="application/problem+json")


def _error_member(issue: Issue) -> dict[str, str]:
    # The name of a field begins with a small letter, FHIRPath with a resource type.
    is_field = issue.expression[0].islower() or issue.expression[0] == "_"
    return {"field" if is_field else "path": issue.expression, "text": issue.text}


def bundle(kind: str, entries: Sequence[bytes], **members: Any) -> bytes:
    """Join entries, which are JSON already, to a Bundle.

    members: elements such as total and link, which come before the entries; None leaves one out.
    """
    head = fhir_json.dump(
        {"resourceType": "Bundle", "type": kind, **{k: v for k, v in members.items() if v is not None}}
    )
    if not entries:
        return head
    joined, between = BytesIO(), head[:-1] + b',"entry":['
    for entry in entries:  # b",".join would hold the interpreter until a large Bundle is copied
        joined.write(between)
        joined.write(entry)
        between = b","
    joined.write(b"]}")
    return joined.getvalue()


async def bundle_in_turn(kind: str, entries: Sequence[bytes], **members: Any) -> bytes:
    """Join entries to a Bundle, in a thread if it is large."""
    join = partial(bundle, kind, entries, **members)
    return await event_loop.in_thread(join) if sum(map(len, entries)) > _LARGE_BUNDLE else join()


def entry(full_url: str, resource: bytes, **members: Any) -> bytes:
    """Build an entry of a Bundle.

    resource: as it is stored, or b"" for none. members: elements such as search, request and response.
    """
    parts = [b'"fullUrl":' + fhir_json.dump(full_url)] if full_url else []
    if resource:
        parts.append(b'"resource":' + resource)
    parts += [b'"%s":%s' % (name.encode(), fhir_json.dump(value)) for name, value in members.items()]
    return b"{" + b",".join(parts) + b"}"


def entry_of(reply: Reply) -> bytes:
    """Build an entry of a batch-response or transaction-response; R4 wants an outcome beside the status."""
    return entry("", b"" if reply.issues else reply.body, response=_entry_response(reply))


def _entry_response(reply: Reply) -> dict[str, Any]:
    """https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response"""
    row: dict[str, Any] = {"status": f"{reply.status} {HTTPStatus(reply.status).phrase}"}
    if reply.location:
        row["location"] = reply.location
    if reply.stored is not None:
        row["etag"] = etags.etag(reply.stored.version)
        row["lastModified"] = format_instant(reply.stored.updated)
    if reply.etag:
        row["etag"] = reply.etag
    if reply.issues:
        row["outcome"] = outcome(reply.issues)
    return row
