"""Read one page of a partner's searchset or history, without trusting any of it.

Every resource is decoded separately, so that a broken one does not spoil its page. `total` is ignored, because servers
put the page size there, or nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from gateway.sync.client import PartnerError


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Search(msgspec.Struct):
    mode: str = "match"


class _Request(msgspec.Struct):
    method: str = ""
    url: str = ""


class _Response(msgspec.Struct):
    status: str = ""
    location: str = ""
    etag: str = ""
    outcome: msgspec.Raw = msgspec.Raw(b"")


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"")
    fullUrl: str = ""
    search: _Search | None = None
    request: _Request | None = None
    response: _Response | None = None


class _Bundle(msgspec.Struct):
    resourceType: str = ""
    link: list[_Link] = []
    entry: list[_Entry] = []


class Event(NamedTuple):
    """An entry of a history."""

    type: str
    id: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """A page. `resources` are the matches, byte for byte; `events` are the entries of a history, newest first; `next`
    is the link as written.
    """

    resources: Sequence[bytes]
    events: Sequence[Event]
    next: str | None


@dataclass(frozen=True, slots=True)
class EntryReply:
    """The answer to one entry of a batch. `status` is 0 if the partner did not report it."""

    status: int
    location: str
    etag: str
    outcome: bytes


_decoder = msgspec.json.Decoder(_Bundle)
_ADDRESS = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?")


def page(body: bytes) -> PartnerPage:
    """Read a page. Raises PartnerError if `body` is not a Bundle."""
    bundle = _bundle(body)
    matches = [bytes(entry.resource) for entry in bundle.entry if _is_match(entry)]
    events = [event for entry in bundle.entry if (event := _event(entry))]
    following = next((link.url for link in bundle.link if link.relation == "next" and link.url), None)
    return PartnerPage(matches, events, following)


def replies(body: bytes) -> list[EntryReply]:
    """Read the entries of a batch-response, in order. Raises PartnerError if `body` is not a Bundle."""
    return [_reply(entry.response or _Response()) for entry in _bundle(body).entry]


def _bundle(body: bytes) -> _Bundle:
    try:
        bundle = _decoder.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PartnerError("The partner's answer is not a FHIR Bundle in JSON.") from None
    if bundle.resourceType != "Bundle":
        raise PartnerError("The partner's answer is not a Bundle.")
    return bundle


def _is_match(entry: _Entry) -> bool:
    return bool(bytes(entry.resource)) and (entry.search is None or entry.search.mode == "match")


def _event(entry: _Entry) -> Event | None:
    """Read an entry of a history; None if it is no such entry or names no resource."""
    if entry.request is None:
        return None
    location = entry.response.location if entry.response else ""
    for text in (entry.request.url.partition("?")[0], entry.fullUrl, location):
        if found := _ADDRESS.fullmatch(text):
            return Event(found[1], found[2], entry.request.method == "DELETE")
    return None


def _reply(response: _Response) -> EntryReply:
    digits = response.status[:3]
    status = int(digits) if digits.isascii() and digits.isdigit() else 0
    return EntryReply(status, response.location, response.etag, bytes(response.outcome))
