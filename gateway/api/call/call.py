"""Represent one interaction as a client asks for it, by an HTTP request or by an entry of a Bundle.

Both become the same `Call`, so that both are answered alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway import event_loop
from gateway.api.process.deployment import PREFIX, Deployment
from gateway.api.protocol import body, forwarded, negotiation
from gateway.api.protocol.negotiation import NO_PREFERENCE, Format, Preference
from gateway.api.protocol.precondition import NO_PRECONDITION, Precondition, precondition
from gateway.errors import BadRequest, Issue, NotFound, TooLarge
from gateway.fhir import fhir_json, r4, xml
from gateway.fhir.bundle import Entry
from gateway.fhir.fhir_json import Resource
from gateway.fhir.patch import Change

Pairs = tuple[tuple[str, str], ...]
"""Names and values of parameters, in order."""
Path = Mapping[str, str]
"""The variable parts of a path: `type`, `id`, `version`, and `owner` and `owner_id` of a compartment."""

_PRESENTATION = frozenset({"_format", "_pretty"})
FORM_PRESENTATION = "gateway.form"
"""The key of a request's scope that holds `_format` and `_pretty` if they came in its body."""
LONGEST_QUERY = 256 * 1024
"""Characters of a query string."""
LONGEST_FORM = 1_000_000
"""Bytes of a form: about as much as the values take that one request may send."""
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

    @property
    def criteria(self) -> Pairs | None:
        """The search that chooses the resource of a conditional write; None for a write without a condition.

        An empty search is a condition, too, which must be refused, as it would match everything.
        """
        if self.method != "POST":
            return None if self.id else self.query
        if self.if_none_exist:
            # R4's text wants the bare query; its examples and many clients write `Type?query`, HAPI the whole URL.
            return pairs(self.if_none_exist.removeprefix(f"{self.base}/").removeprefix(self.type).removeprefix("?"))
        # Some clients write the condition of a create into the URL; ignoring it would make duplicates. In the URL of a
        # Binary, clients put the name of the file.
        in_url = self.type != "Binary" and any(name not in ("_summary", "_elements") for name, _ in self.query)
        return self.query if in_url else None

    @property
    def precondition(self) -> Precondition:
        """The demands of the headers of a write on the current version. Raises BadRequest for malformed headers.

        They mean nothing for a create, and If-None-Match means something only for an update.
        """
        if self.method == "POST":
            return NO_PRECONDITION
        return precondition(self.if_match, self.if_none_match if self.method == "PUT" else "")

    @property
    def is_conditional(self) -> bool:
        """Whether what the call writes depends on what is stored."""
        return self.criteria is not None or self.change is not None or self.precondition.given

    def required_resource(self) -> Resource:
        """Return the resource that came with the call. Raises BadRequest if none came."""
        if self.resource is None:
            raise BadRequest("a resource is needed")
        return self.resource


def pairs(query: str) -> Pairs:
    """Return the parameters of a query string, in order, without `_format` and `_pretty`.

    Raises BadRequest, and TooLarge for a query string that is too long.
    """
    if len(query) > LONGEST_QUERY:
        raise TooLarge(f"a query may have {LONGEST_QUERY:,} characters; a longer one can be sent by POST to _search")
    return read_query(query)[0]


def read_query(query: str) -> tuple[Pairs, Pairs]:
    """Split a query string into its parameters, in order, and the presentation, which is `_format` and `_pretty`.

    Raises BadRequest.
    """
    try:
        parameters = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise BadRequest(f"more than {_MAX_PARAMETERS} parameters") from error
    # MongoDB ends a pattern at NUL, and no FHIR value may hold one.
    if any("\0" in name or "\0" in value for name, value in parameters):
        raise BadRequest("a parameter holds the character NUL")
    criteria = tuple((name, value) for name, value in parameters if name not in _PRESENTATION)
    return criteria, tuple((name, value) for name, value in parameters if name in _PRESENTATION and value)


def format_of(request: Request) -> Format:
    """Return how the response is to be written. Raises NotAcceptable."""
    path, accept = request.scope.get("path_params", {}), ",".join(request.headers.getlist("accept"))
    if accept.strip() in ("", "*/*") and _sends_xml(request, path):
        accept = negotiation.FHIR_XML
    query = {**dict(request.scope.get(FORM_PRESENTATION, ())), **request.query_params}
    negotiate = negotiation.wanted_content if _reads_content(request, path) else negotiation.wanted
    return negotiate(accept, query.get("_format", ""), query.get("_pretty", ""))


def _sends_xml(request: Request, path: Path) -> bool:
    """Tell whether the request holds a resource in XML: without a preference, the answer is in XML, too."""
    sent = negotiation.media(request.headers.get("content-type", ""))
    return request.method in ("POST", "PUT", "PATCH") and sent in negotiation.XML and path.get("type") != "Binary"


def _reads_content(request: Request, path: Path) -> bool:
    """Tell whether this is a read or vread of a Binary; its history and operations answer with resources."""
    if path.get("type") != "Binary" or request.method not in ("GET", "HEAD"):
        return False
    return "version" in path or ("id" in path and request.scope["path"].endswith(f"/Binary/{path['id']}"))


def base_of(request: Request, deployment: Deployment) -> str:
    """Return this server's FHIR address, such as `http://host/fhir`.

    It comes from the settings, else from what a trusted proxy was asked for, else from the Host header, else from the
    address of the socket.
    """
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
    """Return the call of a request, without its body.

    Raises NotFound for an unknown resource type, BadRequest for a query that cannot be read.
    """
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
    """Return the call of an entry, without its resource; a write answers minimally unless the client prefers more.

    Raises as `from_request` does.
    """
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
    """Read the resource in the body, JSON or XML. Raises UnsupportedMediaType, TooLarge, Malformed."""
    is_xml = negotiation.is_xml(request.headers.get("content-type", ""))
    return await parsed(await body.read(request, deployment.max_body), is_xml, deployment.max_depth)


async def parsed(data: bytes, is_xml: bool, max_depth: int) -> Resource:
    """Parse a resource without holding the event loop. Raises Malformed, TooLarge."""
    return await event_loop.run(partial((xml if is_xml else fhir_json).parse, data, max_depth=max_depth), data)
