"""One interaction as it was asked for, by an HTTP request or by an entry of a Bundle: both are answered alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway import event_loop
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.protocol import body, forwarded, negotiation
from gateway.api.protocol.negotiation import NO_PREFERENCE, Format, Preference
from gateway.errors import BadRequest, Issue, NotFound, TooLarge
from gateway.fhir import fhir_json, r4, xml
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import Change

Pairs = tuple[tuple[str, str], ...]
Path = Mapping[str, str]
"""The variable parts of a path: `type`, `id`, `version`, and `owner` and `owner_id` of a compartment."""

_PRESENTATION = frozenset({"_format", "_pretty"})
FORM = "gateway.form"
"""Where a request keeps `_format` and `_pretty` that came in its body."""
LONGEST_QUERY = 256 * 1024
LONGEST_FORM = 1_000_000
"""Bytes of a form: about what the values take that one request may hold."""
_MAX_PARAMETERS = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """One interaction as a client asks for it. What is absent is "" or None.

    base: this server's FHIR address without a final slash.
    method: GET, HEAD, POST, PUT, PATCH or DELETE.
    version: the version id in the URL of a vread.
    change: what a patch does to the resource.
    within: the owner (type, id) of the compartment that is searched.
    presentation: `_format` and `_pretty`, which links repeat beside the query.
    misplaced: what is wrong with the layout of an XML body that is only to be checked.
    """

    base: str
    method: str = ""
    type: str = ""
    id: str = ""
    version: str = ""
    query: Pairs = ()
    resource: Resource | None = None
    if_match: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
    if_none_exist: str = ""
    prefer: Preference = NO_PREFERENCE
    change: Change | None = None
    within: tuple[str, str] | None = None
    presentation: Pairs = ()
    misplaced: tuple[Issue, ...] = ()

    @property
    def name(self) -> str:
        """`Type/id` of the resource that the URL names."""
        return f"{self.type}/{self.id}"

    def required_resource(self) -> Resource:
        """Return the resource that came with the call. Raises BadRequest if none came."""
        if self.resource is None:
            raise BadRequest("a resource is needed")
        return self.resource


def pairs(query: str) -> Pairs:
    """The parameters of a query string in order, without `_format` and `_pretty`. Raises BadRequest, TooLarge."""
    if len(query) > LONGEST_QUERY:
        raise TooLarge(f"a query may have {LONGEST_QUERY:,} characters; a longer one can be sent by POST to _search")
    return read_query(query)[0]


def read_query(query: str) -> tuple[Pairs, Pairs]:
    """Split a query string into its parameters, in order, and the presentation, which is `_format` and `_pretty`.

    Raises BadRequest.
    """
    try:
        found = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise BadRequest(f"more than {_MAX_PARAMETERS} parameters") from error
    # MongoDB ends a pattern at NUL, and no FHIR value may hold one.
    if any("\0" in name or "\0" in value for name, value in found):
        raise BadRequest("a parameter holds the character NUL")
    asked = tuple((name, value) for name, value in found if name not in _PRESENTATION)
    return asked, tuple((name, value) for name, value in found if name in _PRESENTATION and value)


def format_of(request: Request) -> Format:
    """Raises NotAcceptable."""
    path, accept = request.scope.get("path_params", {}), ",".join(request.headers.getlist("accept"))
    if accept.strip() in ("", "*/*") and _sends_xml(request, path):
        accept = negotiation.FHIR_XML
    query = {**dict(request.scope.get(FORM, ())), **request.query_params}
    find = negotiation.wanted_content if _reads_content(request, path) else negotiation.wanted
    return find(accept, query.get("_format", ""), query.get("_pretty", ""))


def _sends_xml(request: Request, path: Path) -> bool:
    """Return whether the request holds a resource in XML; without a preference the answer is in XML then, too."""
    sent = negotiation.media(request.headers.get("content-type", ""))
    return request.method in ("POST", "PUT", "PATCH") and sent in negotiation.XML and path.get("type") != "Binary"


def _reads_content(request: Request, path: Path) -> bool:
    """Return whether this is read or vread of a Binary; its history and operations answer with resources."""
    if path.get("type") != "Binary" or request.method not in ("GET", "HEAD"):
        return False
    return "version" in path or ("id" in path and request.scope["path"].endswith(f"/Binary/{path['id']}"))


def base_of(request: Request, deployment: Deployment) -> str:
    """`http://host/fhir`: from the settings, else what a trusted proxy was asked for, else from the Host header, else
    the socket's address."""
    if deployment.base_url:
        return deployment.base_url.rstrip("/")
    scope = request.scope
    host = request.headers.get("host", "")
    if not forwarded.HOST.fullmatch(host):
        name, port = scope.get("server") or ("localhost", None)
        host = f"{name}:{port}" if port else name
    direct = forwarded.Address(scope.get("scheme", "http"), host, scope.get("root_path", ""))
    if deployment.proxies:
        direct = forwarded.address(
            request.client.host if request.client else "", request.headers, deployment.proxies, direct
        )
    return f"{direct.scheme}://{direct.host}{direct.prefix}{PREFIX}"


def from_request(request: Request, deployment: Deployment, path: Path) -> Call:
    """A call without a body. Raises NotFound for an unknown resource type, BadRequest for a broken Prefer."""
    headers = request.headers
    query, presentation = read_query(request.scope["query_string"].decode("latin-1"))
    return Call(
        base_of(request, deployment),
        request.method,
        _type(path),
        path.get("id", ""),
        path.get("version", ""),
        query,
        None,
        ",".join(headers.getlist("if-match")),  # a list may come in several lines (RFC 9110 5.3)
        ",".join(headers.getlist("if-none-match")),
        headers.get("if-modified-since", ""),
        headers.get("if-none-exist", ""),
        negotiation.prefer(",".join(headers.getlist("prefer"))),
        within=_owner(path),
        presentation=presentation,
    )


def from_entry(entry: Entry, path: Path, base: str, prefer: Preference) -> Call:
    """The same interaction asked for inside a Bundle; a write answers minimally unless the Bundle prefers more."""
    query, presentation = read_query(entry.target.query)
    return Call(
        base,
        entry.method,
        _type(path),
        path.get("id", ""),
        path.get("version", ""),
        query,
        None,
        entry.if_match,
        entry.if_none_match,
        entry.if_modified_since,
        entry.if_none_exist,
        Preference(prefer.returns or "minimal", prefer.lenient),
        within=_owner(path),
        presentation=presentation,
    )


def _owner(path: Path) -> tuple[str, str] | None:
    return (path["owner"], path["owner_id"]) if "owner" in path else None


def _type(path: Path) -> str:
    type_ = path.get("type", "")
    if type_ and type_ not in r4.resource_types():
        text = "the path names no R4 resource type"
        raise NotFound(text, issues=[Issue("error", "not-supported", text)])
    return type_


async def resource_of(request: Request, deployment: Deployment) -> Resource:
    """The resource in the body, JSON or XML. Raises UnsupportedMediaType, TooLarge, Malformed."""
    is_xml = negotiation.is_xml(request.headers.get("content-type", ""))
    return await parsed(await body.read(request, deployment.max_body), is_xml, deployment.max_depth)


async def parsed(data: bytes, is_xml: bool, max_depth: int) -> Resource:
    """Raises Malformed, TooLarge."""
    return await event_loop.run(partial((xml if is_xml else fhir_json).parse, data, max_depth=max_depth), data)


def check_type(resource: Resource, type_: str) -> None:
    """The body is of the type that the URL names, else BadRequest."""
    if resource.get("resourceType") != type_:
        raise BadRequest(f"the body must be a {type_}", expression="resourceType")
