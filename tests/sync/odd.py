"""An EHR with the habits of real ones: totals that are wrong, pages that expire, outcomes among the results, HTML for
errors, copies that are not what was sent. A Starlette application over a dict."""

import json
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

Resource = dict[str, Any]


class OddEHR:
    """`resources`: "Type/id" -> resource. The switches are the habits a test wants."""

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.raw: list[bytes] = []
        """Entries as JSON text, sent along on the first page of every search."""
        self.knows_last_updated = True
        self.takes_batches = True
        self.supports_history = False
        self.versions = True
        self.alters = False
        self.expire_after = -1
        """After this many pages a `next` link is answered 410, once."""
        self.busy: list[Response] = []
        """Answers given before anything else, in order."""
        self.next_override: str | None = None
        self._contexts: dict[str, list[Resource]] = {}
        self._clock = 0

    def add(self, resource: Resource) -> Resource:
        """Stores, as the next version; the clock moves a second per change."""
        key = f"{resource['resourceType']}/{resource['id']}"
        before = self.resources.get(key, {}).get("meta", {}).get("versionId", "0")
        self._clock += 1
        at = f"2026-01-01T{self._clock // 3600:02}:{self._clock // 60 % 60:02}:{self._clock % 60:02}Z"
        meta = {**resource.get("meta", {}), "lastUpdated": at}
        if self.versions:
            meta["versionId"] = str(int(before) + 1)
        self.resources[key] = {**resource, "meta": meta}
        return self.resources[key]

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/fhir", self._base, methods=["POST"]),
                Route("/fhir/{type}", self._type, methods=["GET", "POST"]),
                Route("/fhir/{type}/_history", self._history),
                Route("/fhir/{type}/{id}", self._instance, methods=["GET", "PUT", "DELETE"]),
            ]
        )

    # --- HTTP

    async def _base(self, request: Request) -> Response:
        if early := self._early(request):
            return early
        if not self.takes_batches:
            return HTMLResponse("<h1>No handler</h1>", 404)
        done = [self._do(entry) for entry in (await request.json())["entry"]]
        return JSONResponse({"resourceType": "Bundle", "type": "batch-response", "entry": done})

    async def _type(self, request: Request) -> Response:
        if early := self._early(request):
            return early
        if request.method == "GET":
            return self._search(request)
        entry = {"request": {"method": "POST", "ifNoneExist": request.headers.get("if-none-exist", "")}}
        return self._single({**entry, "resource": await request.json()})

    async def _instance(self, request: Request) -> Response:
        if early := self._early(request):
            return early
        key = f"{request.path_params['type']}/{request.path_params['id']}"
        if request.method == "GET":
            found = self.resources.get(key)
            return JSONResponse(found) if found else HTMLResponse("<h1>Not here</h1>", 404)
        match = request.headers.get("if-match", "")
        call = {"request": {"method": request.method, "url": key, "ifMatch": match}}
        return self._single({**call, **({"resource": await request.json()} if request.method == "PUT" else {})})

    async def _history(self, request: Request) -> Response:
        return HTMLResponse("<h1>Nothing of the kind</h1>", 404)

    def _early(self, request: Request) -> Response | None:
        self.requests.append((request.method, str(request.url), dict(request.headers)))
        return self.busy.pop(0) if self.busy else None

    def _single(self, entry: dict[str, Any]) -> Response:
        response = self._do(entry)["response"]
        headers = {name: response[key] for name, key in (("location", "location"), ("etag", "etag")) if key in response}
        return Response(status_code=int(response["status"][:3]), headers=headers)

    # --- search

    def _search(self, request: Request) -> Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query).items()}
        type_ = request.path_params["type"]
        if "context" in query:
            return self._page(request, query["context"], int(query["at"]))
        found = [one for key, one in self.resources.items() if key.startswith(type_ + "/")]
        if "_lastUpdated" in query or "_sort" in query:
            if not self.knows_last_updated:
                return HTMLResponse("<h1>Bad parameter _lastUpdated</h1>", 400)
            since = query.get("_lastUpdated", "ge")[2:].replace(".000Z", "Z")
            found = [one for one in found if one["meta"]["lastUpdated"] >= since]
            found.sort(key=lambda one: one["meta"]["lastUpdated"])
        if "_tag" in query:
            found = [one for one in found if _tagged(one, query["_tag"])]
        context = f"-{len(self._contexts)}"  # a page context with a leading hyphen
        self._contexts[context] = [json.loads(json.dumps(one)) for one in found]
        self._size = int(query.get("_count", "10"))
        return self._page(request, context, 0)

    def _page(self, request: Request, context: str, at: int) -> Response:
        if at and self.expire_after >= 0 and at // self._size >= self.expire_after:
            self.expire_after = -1
            return HTMLResponse("<h1>Gone</h1>", 410)
        rest = self._contexts[context][at:]
        shown = rest[: self._size]
        entries: list[Any] = [{"resource": one, "search": {"mode": "match"}} for one in shown]
        entries += entries[:1]  # twice on one page
        entries.append({"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}})
        entries.append({"resource": {"resourceType": "Organization", "id": "o"}, "search": {"mode": "include"}})
        bundle: dict[str, Any] = {"total": len(shown), "type": "searchset", "link": []}
        if len(rest) > self._size:
            following = f"{request.url.path}?context={context}&at={at + self._size}"
            bundle["link"].append({"relation": "next", "url": self.next_override or following})
        body = json.dumps({**bundle, "entry": entries, "resourceType": "Bundle"})  # the type comes last
        if self.raw and not at:
            extra = b",".join(b'{"resource":' + one + b"}" for one in self.raw)
            return Response(body.encode().replace(b'"entry": [', b'"entry": [' + extra + b",", 1))
        return Response("\ufeff" + body)

    # --- writes

    def _do(self, entry: dict[str, Any]) -> dict[str, Any]:
        request = entry["request"]
        if request["method"] == "POST":
            return self._create(entry["resource"], request.get("ifNoneExist", ""))
        now = self.resources.get(request["url"])
        if now is None:
            return {"response": {"status": "404"}}
        if request.get("ifMatch") and request["ifMatch"] != f'W/"{now["meta"]["versionId"]}"':
            return {"response": {"status": "412 Precondition Failed"}}
        if request["method"] == "DELETE":
            del self.resources[request["url"]]
            return {"response": {"status": "204"}}
        return self._stored(self.add({**entry["resource"], "id": request["url"].split("/")[1]}), "200 OK")

    def _create(self, resource: Resource, condition: str) -> dict[str, Any]:
        wanted = parse_qs(condition).get("_tag", [""])[0]
        for one in self.resources.values():
            if wanted and one["resourceType"] == resource["resourceType"] and _tagged(one, wanted):
                return self._stored(one, "200 OK")
        if resource.get("gender") == "refused":
            outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "invalid"}]}
            return {"response": {"status": "422", "outcome": outcome}}
        new = {**resource, "id": f"BP-{len(self.resources)}.1"}
        if self.alters:
            new = {**new, "text": {"status": "generated", "div": "<div>theirs</div>"}}
        return self._stored(self.add(new), "201 Created")

    def _stored(self, resource: Resource, status: str) -> dict[str, Any]:
        version = resource["meta"].get("versionId")
        address = f"{resource['resourceType']}/{resource['id']}"
        history = {"location": f"{address}/_history/{version}", "etag": f'W/"{version}"'} if version else {}
        return {"response": {"status": status, "location": address, **history}}


def _tagged(resource: Resource, wanted: str) -> bool:
    system, _, code = wanted.partition("|")
    return any((tag.get("system"), tag.get("code")) == (system, code) for tag in resource["meta"].get("tag", []))
