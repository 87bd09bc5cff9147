"""An entry of a Bundle answers as the same request alone: status, headers, body, and what is stored afterwards.

Each case is sent three ways, to three databases of the same content: alone over HTTP, as the entry of a batch, and as
the entry of a transaction. LEGITIMATE names the cases in which an entry must differ, and why.
"""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest

from gateway.api.protocol.etags import http_date
from gateway.errors import Issue
from gateway.fhir.bundle import place_issue
from gateway.fhir.dates import format_instant
from gateway.store import Store, Write
from gateway.store.layout import schema

ONE, TWO, NONE = (f"identifier=http://a.example|{value}" for value in ("one", "two", "none"))
JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
HEADERS = {
    "ifMatch": "If-Match",
    "ifNoneMatch": "If-None-Match",
    "ifNoneExist": "If-None-Exist",
    "ifModifiedSince": "If-Modified-Since",
}
FORM = "application/x-www-form-urlencoded"
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def patient(id_: str = "", identifier: str = "", **elements: Any) -> dict[str, Any]:
    own = {"id": id_} if id_ else {}
    if identifier:
        own["identifier"] = [{"system": "http://a.example", "value": identifier}]  # type: ignore[assignment]
    return {"resourceType": "Patient", **own, "name": [{"family": "Muster"}], **elements}


OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p1"},
}
BINARY = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "aGVsbG8="}
WORLD: list[list[tuple[str, str, dict[str, Any] | None]]] = [
    [
        ("Patient", "p1", patient("p1", "one")),
        ("Patient", "p2", patient("p2", "two")),
        ("Patient", "p3", patient("p3", "two")),
        ("Patient", "gone", patient("gone")),
        ("Observation", "o1", OBSERVATION),
        ("Binary", "b1", BINARY),
    ],
    [("Patient", "p1", patient("p1", "one", active=True)), ("Patient", "gone", None)],
]
"""Patient/p1 is at version 2, and Patient/gone is deleted."""


@dataclass(frozen=True)
class Case:
    """A request. patch: (media type, content) of a PATCH; conditions: by their names in `Bundle.entry.request`."""

    method: str
    url: str
    resource: Any = None
    patch: tuple[str, Any] | None = None
    prefer: str = "return=representation"
    conditions: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = [self.method, self.url, *(f"{name}={value}" for name, value in self.conditions.items())]
        shown += [self.prefer] if self.prefer != "return=representation" else []
        shown += [self.patch[0].rpartition("/")[2], json.dumps(self.patch[1])] if self.patch else []
        shown += [json.dumps(self.resource)] if self.resource is not None else []
        return " ".join(shown)[:150]

    def alone(self) -> tuple[bytes, dict[str, str]]:
        """The body and headers of the HTTP request."""
        headers = {HEADERS[name]: value for name, value in self.conditions.items()} | {"Prefer": self.prefer}
        headers["Accept"] = "application/fhir+json"
        if self.patch:
            return json.dumps(self.patch[1]).encode(), headers | {"Content-Type": self.patch[0]}
        if self.method == "POST" and "_search" in self.url:
            return b"", headers | {"Content-Type": FORM}
        content = b"" if self.resource is None else json.dumps(self.resource).encode()
        return content, headers | {"Content-Type": "application/fhir+json"}

    def entry(self) -> dict[str, Any]:
        resource = self.resource
        if self.patch:
            media, content = self.patch
            data = base64.b64encode(json.dumps(content).encode()).decode()
            binary = {"resourceType": "Binary", "contentType": media, "data": data}
            resource = content if media == "application/fhir+json" else binary
        request = {"method": self.method, "url": self.url, **self.conditions}
        return {"request": request, **({"resource": resource} if resource is not None else {})}


def case(method: str, url: str, resource: Any = None, **more: Any) -> Case:
    conditions = {name: more.pop(name) for name in HEADERS if name in more}
    return Case(method, url, resource, conditions=conditions, **more)


def fhirpath_patch(path: str, name: str, value: dict[str, Any], kind: str = "add") -> tuple[str, Any]:
    parts = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    parts += [{"name": "name", "valueString": name}] if kind == "add" else []
    parts += [{"name": "value", **value}]
    operation = {"name": "operation", "part": parts}
    return "application/fhir+json", {"resourceType": "Parameters", "parameter": [operation]}


def parameters(*items: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(items)}


PATCHES = [
    (JSON_PATCH, [{"op": "add", "path": "/gender", "value": "female"}]),
    (MERGE_PATCH, {"gender": "female"}),
    fhirpath_patch("Patient", "gender", {"valueCode": "female"}),
]
MALE = PATCHES[0]
TAGS = parameters({"name": "meta", "valueMeta": {"tag": [{"system": "http://a.example", "code": "t"}]}})
GUARDS = [
    {"ifMatch": 'W/"2"'},
    {"ifMatch": '"2"'},
    {"ifMatch": "2"},
    {"ifMatch": 'W/"1", W/"2"'},
    {"ifMatch": 'W/"1"'},
    {"ifMatch": 'W/"1", W/"7"'},
    {"ifMatch": 'W/"abc"'},
    {"ifMatch": "*"},
    {"ifMatch": "not an etag"},
    {"ifNoneMatch": "*"},
    {"ifNoneMatch": 'W/"2"'},
    {"ifNoneMatch": 'W/"1"'},
    {"ifMatch": "*", "ifNoneMatch": "*"},
]
FEW_GUARDS = [{"ifMatch": 'W/"2"'}, {"ifMatch": 'W/"1"'}, {"ifMatch": "*"}, {"ifMatch": "!"}, {"ifNoneMatch": "*"}]
QUERIES = [
    ONE,
    TWO,
    NONE,
    "nonsense=x",
    "identifier=",
    "_summary=true",
    f"{ONE}&_elements=name",
    "birthdate=never",
    "name:exact=Muster",
    "_id=p1",
    "_id=gone",
]
FIXED_PATHS = ["Patient/p1", "Patient/gone", "Patient/new"]
ODD_PATHS = ["Patient/a_b", "Foo/p1", "foo/p1", "Patient1/p1"]


def creates() -> Iterator[Case]:
    for resource in (
        patient(),
        patient("chosen"),
        patient("p1"),
        patient(gender="x"),
        patient(meta={"tag": [SUBSETTED]}),
        {"resourceType": "Observation"},
        {"resourceType": "Patient", "unknown": 1},
        {"resourceType": "Foo"},
        {},
        patient(managingOrganization={"reference": "Organization?name=x"}),
        patient(generalPractitioner=[{"reference": "Practitioner/nobody"}]),
    ):
        yield case("POST", "Patient", resource)
    for condition in (*QUERIES, f"Patient?{ONE}", f"?{NONE}", f"http://gateway/fhir/Patient?{ONE}", "no criterion"):
        yield case("POST", "Patient", patient(identifier="none", birthDate="2000-01-01"), ifNoneExist=condition)
    for query in QUERIES:
        yield case("POST", f"Patient?{query}", patient(identifier="none"))
        yield case("POST", f"Patient?{query}", patient(identifier="none"), ifNoneExist=NONE)
    for guard in FEW_GUARDS:
        yield case("POST", "Patient", patient(), **guard)
    yield case("POST", "Patient?_format=json&_pretty=true", patient())
    yield case("POST", "Foo", {"resourceType": "Foo"})
    yield case("POST", "foo", {"resourceType": "Patient"})
    yield case("POST", "Patient/p1", patient("p1"))
    yield case("POST", "Patient/p1/_history", patient("p1"))
    yield case("POST", "Patient/p1/_history/1", patient("p1"))
    yield case("POST", "Nonsense/p1/too/deep/for/this", patient())
    yield case("POST", "Binary", {k: v for k, v in BINARY.items() if k != "id"})
    yield case("POST", "Binary?name=scan.pdf", {k: v for k, v in BINARY.items() if k != "id"})


def updates() -> Iterator[Case]:
    for path in FIXED_PATHS:
        yield case("PUT", path, patient(path.partition("/")[2]))
        for guard in GUARDS if path == "Patient/p1" else FEW_GUARDS:
            yield case("PUT", path, patient(path.partition("/")[2], gender="male"), **guard)
    for path in ODD_PATHS:
        yield case("PUT", path, patient(path.partition("/")[2]))
    for resource in (
        patient("p1", "one", active=True),
        patient("p1", meta={"tag": [SUBSETTED]}),
        patient("other"),
        patient(),
        patient("p1", gender="x"),
        {"resourceType": "Observation", "id": "p1"},
        {**patient("p1"), "id": 7},
    ):
        yield case("PUT", "Patient/p1", resource)
    for query in QUERIES:
        yield case("PUT", f"Patient?{query}", patient(identifier="none"))
        yield case("PUT", f"Patient?{query}", patient(identifier="one", gender="male"))
        yield case("PUT", f"Patient/p1?{query}", patient("p1"))
    for id_ in ("p1", "p2", "chosen", "gone", "a_b"):
        yield case("PUT", f"Patient?{ONE}", patient(id_, "one"))
        yield case("PUT", f"Patient?{NONE}", patient(id_, "none"))
    for guard in FEW_GUARDS:
        yield case("PUT", f"Patient?{ONE}", patient(identifier="one", gender="male"), **guard)
        yield case("PUT", f"Patient?{NONE}", patient(identifier="none"), **guard)
        yield case("PUT", f"Patient?{NONE}", patient("p2", identifier="none"), **guard)
    yield case("PUT", f"Patient?{TWO}", patient(identifier="two"), ifMatch='W/"1"')
    yield case("PUT", "Patient", patient("p1"))
    yield case("PUT", "Patient/p1?_format=json", patient("p1"))
    yield case("PUT", "Patient/p1/_history/1", patient("p1"))
    yield case("PUT", "metadata", patient("p1"))
    yield case("PUT", "Binary/b1", {**BINARY, "data": "AAAA"})


def patches() -> Iterator[Case]:
    for patch in PATCHES:
        for path in (*FIXED_PATHS, *ODD_PATHS, f"Patient?{ONE}"):
            yield case("PATCH", path, patch=patch)
    for query in QUERIES:
        yield case("PATCH", f"Patient?{query}", patch=MALE)
    for guard in GUARDS:
        yield case("PATCH", "Patient/p1", patch=MALE, **guard)
    for guard in FEW_GUARDS:
        yield case("PATCH", "Patient/gone", patch=MALE, **guard)
        yield case("PATCH", f"Patient?{ONE}", patch=MALE, **guard)
        yield case("PATCH", f"Patient?{NONE}", patch=MALE, **guard)
    for patch in (
        (JSON_PATCH, [{"op": "test", "path": "/active", "value": False}]),
        (JSON_PATCH, [{"op": "replace", "path": "/gender", "value": "x"}]),
        (JSON_PATCH, [{"op": "add", "path": "/gender", "value": "x"}]),
        (JSON_PATCH, [{"op": "jump"}]),
        (JSON_PATCH, [{"op": "replace", "path": "/id", "value": "other"}]),
        (JSON_PATCH, {}),
        (JSON_PATCH, []),
        (MERGE_PATCH, {"resourceType": "Observation"}),
        (MERGE_PATCH, {"active": True}),
        fhirpath_patch("Patient.active", "", {"valueBoolean": False}, "replace"),
        fhirpath_patch("Patient.nothing", "", {"valueBoolean": False}, "replace"),
        ("application/fhir+json", parameters({"name": "operation"})),
        ("text/plain", []),
        ("application/json", {"gender": "female"}),
    ):
        yield case("PATCH", "Patient/p1", patch=patch)
    yield case("PATCH", "Patient", patch=MALE)
    yield case("PATCH", "Patient/p1/_history/1", patch=MALE)


def deletes() -> Iterator[Case]:
    for path in (*FIXED_PATHS, f"Patient?{ONE}", f"Patient?{NONE}"):
        yield case("DELETE", path)
        for guard in GUARDS if path == "Patient/p1" else FEW_GUARDS:
            yield case("DELETE", path, **guard)
    for path in ODD_PATHS:
        yield case("DELETE", path)
        yield case("DELETE", path, ifMatch="*")
    for query in QUERIES:
        yield case("DELETE", f"Patient?{query}")
        yield case("DELETE", f"Patient/p1?{query}")
    for prefer in ("return=minimal", "return=OperationOutcome"):
        for path in ("Patient/p1", "Patient/gone", "Patient/new", "Patient/a_b"):
            yield case("DELETE", path, prefer=prefer)
    for path in ("Patient", "Patient/p1/_history/1", "Patient/p1/_history"):
        yield case("DELETE", path)


def preferences() -> Iterator[Case]:
    for prefer in ("return=minimal", "return=representation", "return=OperationOutcome", "return=nonsense;x"):
        returns = prefer if prefer != "return=nonsense;x" else "return=minimal, return=representation"
        yield case("POST", "Patient", patient(generalPractitioner=[{"reference": "Practitioner/x"}]), prefer=returns)
        yield case("POST", "Patient", patient(), ifNoneExist=ONE, prefer=returns)
        yield case("PUT", "Patient/p1", patient("p1"), prefer=returns)
        yield case("PUT", "Patient/p1", patient("p1", "one", active=True), prefer=returns)
        yield case("PATCH", "Patient/p1", patch=MALE, prefer=returns)
    for handling in ("handling=strict", "handling=lenient"):
        yield case("GET", "Patient?nonsense=x", prefer=handling)
        yield case("GET", "Patient/_history?nonsense=x", prefer=handling)


def reads() -> Iterator[Case]:
    paths = [*FIXED_PATHS, *ODD_PATHS, "Observation/o1", "Binary/b1", "Patient/o1"]
    paths += [f"Patient/p1/_history/{version}" for version in ("1", "2", "3", "0", "x")]
    paths += ["Patient/gone/_history/1", "Patient/gone/_history/2", "Patient/new/_history/1", "Patient/a_b/_history/1"]
    for path in paths:
        yield case("GET", path)
        yield case("HEAD", path)
    for given in ('W/"2"', '"2"', "2", "*", 'W/"1"', 'W/"1", W/"2"', "not an etag"):
        yield case("GET", "Patient/p1", ifNoneMatch=given)
        yield case("GET", "Patient/p1/_history/1", ifNoneMatch=given)
        yield case("GET", "Patient/gone", ifNoneMatch=given)
    for moment in ("1999-01-01T00:00:00Z", "2199-01-01T00:00:00Z"):
        yield case("GET", "Patient/p1", ifModifiedSince=moment)
        yield case("GET", "Patient/p1", ifModifiedSince=moment, ifNoneMatch='W/"1"')
        yield case("GET", "Patient/p1", ifModifiedSince=moment, ifNoneMatch='W/"2"')
    for query in ("_summary=true", "_elements=name", "_summary=nonsense", "_format=json", "nonsense=x", "_pretty=true"):
        yield case("GET", f"Patient/p1?{query}")
    yield case("GET", "Patient/p1", ifMatch='W/"7"')


def searches() -> Iterator[Case]:
    for query in (*QUERIES, "_id=p1&_format=json", "_count=1&_sort=_id", "_id=p1&_revinclude=Observation:subject"):
        yield case("GET", f"Patient?{query}")
        yield case("POST", f"Patient/_search?{query}")
    for path in (
        "Patient",
        "?_type=Patient,Observation&_sort=_id",
        "?_id=p1",
        "_search?_id=p1",
        "Patient/p1/*",
        "Patient/p1/Observation",
        "Patient/p1/Observation?code=x",
        "Patient/p1/Device",
        "Foo/p1/*",
        "Foo/p1/Observation",
        "Foo?x=y",
        "Patient?_total=accurate&_summary=count",
    ):
        yield case("GET", path)
        yield case("HEAD", path)


def histories() -> Iterator[Case]:
    for path in (
        "Patient/p1/_history",
        "Patient/gone/_history",
        "Patient/new/_history",
        "Patient/_history",
        "_history",
    ):
        yield case("GET", path)
        for query in (
            "_count=1",
            "_since=2199-01-01T00:00:00Z",
            "_since=never",
            "_count=x",
            "nonsense=x",
            "_format=json",
        ):
            yield case("GET", f"{path}?{query}")
    yield case("GET", "Foo/_history")
    yield case("GET", "Foo/p1/_history")


def operations() -> Iterator[Case]:
    for path in (
        "metadata",
        "$meta",
        "Patient/$meta",
        "Patient/p1/$meta",
        "Patient/p1/_history/1/$meta",
        "Patient/new/$meta",
        "Patient/gone/$meta",
        "Patient/p1/$everything",
        "Patient/new/$everything",
        "Observation/$lastn?max=1",
        "Patient/p1/$validate",
        "Patient/p1/$nonsense",
        "$nonsense",
        "Observation/p1/$everything",
        "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&count=1",
        "CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male",
        "CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=none",
        "CodeSystem/$lookup",
        "Patient/p1/$meta-add",
    ):
        yield case("GET", path)
        yield case("HEAD", path)
    lookup = {"name": "system", "valueUri": "http://hl7.org/fhir/administrative-gender"}
    for path, resource in (
        ("CodeSystem/$lookup", parameters(lookup, {"name": "code", "valueCode": "male"})),
        ("CodeSystem/$lookup", parameters(lookup)),
        ("CodeSystem/$lookup", patient()),
        ("Patient/$validate", patient(gender="x")),
        ("Patient/$validate", patient()),
        ("Patient/p1/$validate", parameters({"name": "mode", "valueCode": "delete"})),
        ("Patient/p1/$everything", parameters({"name": "_count", "valueInteger": 1})),
        ("Patient/p1/$meta", parameters()),
        ("$nonsense", parameters()),
        ("Patient/p1/$nonsense", parameters()),
    ):
        yield case("POST", path, resource)


def labels() -> Iterator[Case]:
    for name in ("$meta-add", "$meta-delete"):
        for path in ("Patient/p1", "Patient/gone", "Patient/new"):
            yield case("POST", f"{path}/{name}", TAGS)
        yield case("POST", f"Patient/p1/{name}", TAGS, ifMatch='W/"1"')
        yield case("POST", f"Patient/p1/{name}", TAGS, ifMatch='W/"2"')
        yield case("POST", f"Patient/p1/{name}", patient())
        yield case("POST", f"Patient/p1/{name}", parameters())


KINDS = [creates, updates, patches, deletes, preferences, reads, searches, histories, operations, labels]

LEGITIMATE = {
    "conditional references": "only a transaction resolves a reference by search (http.html#trules)",
    "operations that write": "a transaction does not offer them; a batch does",
    "the body of an error after HEAD": "HTTP lets no body follow HEAD (RFC 9110 9.3.2); an entry has its outcome",
    "no Prefer": "an entry answers a write without its body unless one is preferred; all cases prefer something",
    "If-Modified-Since": "the element is an instant, the header an HTTP date; both take the instants of the cases",
    "empty strings": "no string in a resource may be empty, so an entry needs a url; an empty header is absent",
    "formats": "the Bundle is answered in one format, so that `_format` and Accept choose none for an entry",
    "no body": "an empty HTTP body is not JSON; an entry without a resource says what it needs",
    "a slash at the end": "the url of an entry may have one",
    "a Bundle in a Bundle": "a batch or transaction cannot be an entry of another",
}
"""In what an entry differs from the same request, and why."""


def is_legitimate(asked: Case, kind: str) -> bool:
    """Tell whether an entry of a transaction may answer this case in another way."""
    by_search = "Organization?name=x" in str(asked)
    writing_operation = asked.method == "POST" and "/$meta-" in asked.url
    return kind == "transaction" and (by_search or writing_operation)


_FILLED = (schema.RESOURCES, schema.VERSIONS, schema.FEED, schema.COUNTERS, "patients", "observations")


class World:
    """The same content for every request: restored after each request that has changed it."""

    def __init__(self, store: Store) -> None:
        self.store, self._head = store, -1
        self._content: dict[str, list[dict[str, Any]]] = {}

    async def ready(self) -> None:
        database = self.store.database
        if not self._content:
            for writes in WORLD:
                await self.store.commit(*(Write(type_, id_, resource, "api") for type_, id_, resource in writes))
            self._content = {name: await database[name].find({}).to_list() for name in _FILLED}
            self._head = await self.store.feed.head()
        elif await self.changed():
            await asyncio.gather(*(self._restore(name) for name in _FILLED))

    async def _restore(self, name: str) -> None:
        await self.store.database[name].delete_many({})
        await self.store.database[name].insert_many(self._content[name])

    async def changed(self) -> bool:
        return await self.store.feed.head() != self._head


def timeless(value: Any) -> Any:
    """Replace what differs between two runs: ids that the server chose, and moments of writing."""
    text = json.dumps(value)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", text)
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?(Z|\+00:00)", "<moment>", text)
    return json.loads(text)


async def stored(store: Store) -> list[Any]:
    """All versions, and the change feed, without what differs between two runs."""
    versions = []
    for name in (schema.RESOURCES, schema.VERSIONS):
        async for document in store.database[name].find({}):
            body = json.loads(document["b"]) if document.get("b") else None
            versions.append([document["t"], document["i"], document["v"], document["x"], body])
    feed = [
        [change["t"], change["i"], change["v"], change["a"], change["o"], change.get("p", False)]
        async for change in store.database[schema.FEED].find({}).sort("_id")
    ]
    return [sorted(map(json.dumps, timeless(versions))), timeless(feed)]


def issues_of(outcome: dict[str, Any]) -> list[tuple[Any, ...]]:
    issues = outcome["issue"]
    return [
        (issue["severity"], issue["code"], issue.get("diagnostics"), *issue.get("expression", ())) for issue in issues
    ]


def placed(case: Case, issues: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The issues of a request as an entry names them: below its path, and without an expression at its url."""
    about = "request.ifNoneExist" if case.method == "POST" and "ifNoneExist" in case.conditions else "request.url"
    moved = [
        place_issue(Issue(issue[0], issue[1], "", "".join(issue[3:])), "Bundle.entry[0]", about) for issue in issues
    ]
    return [(*issue[:3], new.expression) for issue, new in zip(issues, moved, strict=True)]


@dataclass
class Answer:
    status: int
    location: str
    etag: str
    modified: bool
    body: Any
    issues: list[tuple[Any, ...]]


async def check_moment(store: Store, etag: str, told: str, write: Any) -> None:
    """The moment that is told is that of a version with this ETag."""
    moments = []
    for name in (schema.RESOURCES, schema.VERSIONS):
        moments += [write(one["u"]) async for one in store.database[name].find({"v": int(etag.strip('W/"'))})]
    assert told in moments


def split(case: Case, body: Any, status: int) -> tuple[Any, list[tuple[Any, ...]]]:
    """A resource, and the issues of an OperationOutcome that is not what was asked for."""
    if isinstance(body, dict) and body.get("resourceType") == "OperationOutcome" and "$validate" not in case.url:
        return None, issues_of(body)
    if status >= 400 and isinstance(body, dict) and body.get("resourceType") == "OperationOutcome":
        return None, issues_of(body)
    return body, []


async def alone(client: httpx.AsyncClient, store: Store, case: Case) -> Answer:
    content, headers = case.alone()
    answer = await client.request(case.method, case.url, content=content, headers=headers)
    etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
    if modified:
        await check_moment(store, etag, modified, http_date)
    body, issues = split(case, answer.json() if answer.content else None, answer.status_code)
    issues = placed(case, issues) if answer.status_code >= 400 else issues
    return Answer(answer.status_code, answer.headers.get("location", ""), etag, bool(modified), body, issues)


async def inside(client: httpx.AsyncClient, store: Store, case: Case, kind: str) -> Answer:
    sent = {"resourceType": "Bundle", "type": kind, "entry": [case.entry()]}
    answer = await client.post("", json=sent, headers={"Prefer": case.prefer})
    if answer.status_code != 200:
        return Answer(answer.status_code, "", "", False, None, issues_of(answer.json()))
    [entry] = answer.json()["entry"]
    response = entry["response"]
    if "lastModified" in response:
        await check_moment(store, response["etag"], response["lastModified"], format_instant)
    issues = issues_of(response["outcome"]) if "outcome" in response else []
    status = int(response["status"][:3])
    modified = "lastModified" in response
    body = entry.get("resource")
    return Answer(status, response.get("location", ""), response.get("etag", ""), modified, body, issues)


async def observed(world: World, ask: Callable[[Case], Awaitable[Answer]], asked: Case) -> Any:
    """What a request answers, and what is stored afterwards if it has changed anything."""
    await world.ready()
    answer = vars(await ask(asked))
    if asked.method == "HEAD":
        del answer["issues"]
    return timeless([answer, await stored(world.store) if await world.changed() else "unchanged"])


@pytest.mark.parametrize("cases", KINDS, ids=lambda cases: cases.__name__)
async def test_an_entry_answers_as_the_same_request_alone(
    client: httpx.AsyncClient, store: Store, cases: Callable[[], Iterator[Case]]
) -> None:
    world, differences = World(store), []
    for asked in cases():
        expected = await observed(world, partial(alone, client, store), asked)
        for kind in ("batch", "transaction"):
            answer = await observed(world, partial(inside, client, store, kind=kind), asked)
            if answer != expected and not is_legitimate(asked, kind):
                differences.append(f"{kind} {asked}:\n    alone  {expected}\n    inside {answer}")
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize(
    ("request_", "status", "text"),
    [
        ({"request": {"method": "POST", "url": "Patient"}}, 400, "POST needs a resource"),
        ({"request": {"method": "PUT", "url": "Patient/p1"}}, 400, "PUT needs a resource"),
        ({"request": {"method": "GET", "url": ""}}, 400, "url must be a non-empty string"),
        (
            {"request": {"method": "POST", "url": "/"}, "resource": {"resourceType": "Bundle", "type": "batch"}},
            400,
            "a Bundle cannot be processed as an entry of another Bundle",
        ),
        (
            {"request": {"method": "GET", "url": "Patient/p1", "ifModifiedSince": "Sat, 31 Jan 2026 12:00:00 GMT"}},
            400,
            "ifModifiedSince must be an instant, such as 2026-01-31T12:00:00Z",
        ),
    ],
)
async def test_what_only_an_entry_can_get_wrong(
    client: httpx.AsyncClient, kind: str, request_: dict[str, Any], status: int, text: str
) -> None:
    answer = (await client.post("", json={"resourceType": "Bundle", "type": kind, "entry": [request_]})).json()
    told = answer["entry"][0]["response"]["outcome"] if kind == "batch" else answer
    assert [issue["diagnostics"] for issue in told["issue"]] == [text]
    assert kind == "transaction" or answer["entry"][0]["response"]["status"][:3] == str(status)
