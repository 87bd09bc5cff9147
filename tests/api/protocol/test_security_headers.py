"""Nothing that is stored here runs in a browser: every answer but our own pages is sandboxed."""

import base64
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import MutableHeaders

from gateway.api import Deployment, create
from gateway.api.pages import pages
from gateway.api.protocol.security_headers import protect

SCRIPT = (
    '<div xmlns="http://www.w3.org/1999/xhtml">Eva<script>document.title="ran"</script><p onclick="x()">p</p></div>'
)
EVIL = {"resourceType": "Patient", "id": "evil", "text": {"status": "generated", "div": SCRIPT}}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def lenient(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway with pages that took a script in from a careless source: Patient/evil, and files of several types."""
    deployment = replace(deployment, strictness="lenient", origins=("https://app.example",))
    app = create(deployment)
    pages.mount(app, deployment, ())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        assert (await client.put("/fhir/Patient/evil", json=EVIL)).status_code == 201
        yield client


def is_sandboxed(answer: httpx.Response) -> bool:
    policy = answer.headers["content-security-policy"].split("; ")
    inert = {"sandbox", "default-src 'none'", "frame-ancestors 'none'"} <= set(policy)
    return inert and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fhir/Patient/evil", 200),
        ("/fhir/Patient/evil?_format=xml", 200),
        ("/fhir/Patient/evil?_format=json", 200),
        ("/fhir/Patient?_format=text/xml", 200),
        ("/fhir/Patient/evil/_history/1?_format=xml", 200),
        ("/fhir/Patient/none?_format=xml", 404),
        ("/fhir/Patient?nonsense=1&_format=xml", 400),
        ("/fhir/metadata?_format=xml", 200),
        ("/internal/patients/evil", 200),
        ("/internal/nothing/evil", 404),
        ("/metrics", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/static/gateway.css", 200),
        ("/favicon.ico", 200),
    ],
)
async def test_every_answer_but_our_pages_is_sandboxed(
    lenient: httpx.AsyncClient, path: str, status: int, method: str
) -> None:
    answer = await lenient.request(method, path, headers=BROWSER)
    assert answer.status_code == status and is_sandboxed(answer)


async def test_so_are_answers_without_a_body_and_those_of_other_middleware(lenient: httpx.AsyncClient) -> None:
    kept = await lenient.get("/fhir/Patient/evil?_format=xml", headers={"If-None-Match": 'W/"1"'})
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    before = await lenient.options("/fhir/Patient/evil", headers=asks)
    gone = await lenient.delete("/fhir/Patient/none", headers={"Prefer": "return=minimal"})
    assert (kept.status_code, before.status_code, gone.status_code) == (304, 200, 204)
    assert is_sandboxed(kept) and is_sandboxed(before) and is_sandboxed(gone)


async def test_a_careless_narrative_is_kept_as_it_came(lenient: httpx.AsyncClient) -> None:
    assert (await lenient.get("/fhir/Patient/evil")).json()["text"]["div"] == SCRIPT


@pytest.mark.parametrize(
    "media",
    ["text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript"],
)
async def test_a_stored_file_is_a_download_in_a_sandbox(lenient: httpx.AsyncClient, media: str) -> None:
    data = b"<?xml-stylesheet href='data:text/xsl,'?><html><script>1</script></html>"
    file = {"resourceType": "Binary", "id": "b", "contentType": media, "data": base64.b64encode(data).decode()}
    await lenient.put("/fhir/Binary/b", json=file, headers={"Content-Type": "application/fhir+json"})
    answer = await lenient.get("/fhir/Binary/b", headers={"Accept": media.partition(";")[0]})
    assert answer.content == data and answer.headers["content-type"] == media
    assert is_sandboxed(answer) and answer.headers["content-disposition"] == "attachment"


VIEW = {
    "resourceType": "ViewDefinition",
    "status": "active",
    "resource": "Patient",
    "select": [{"column": [{"name": "div", "path": "text.div"}]}],
}


@pytest.mark.parametrize(("format_", "attached"), [("csv", True), ("ndjson", True), ("parquet", True), ("json", False)])
async def test_rows_of_a_view_are_a_download(lenient: httpx.AsyncClient, format_: str, attached: bool) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "viewResource", "resource": VIEW}, {"name": "_format", "valueCode": format_}],
    }
    answer = await lenient.post("/fhir/ViewDefinition/$viewdefinition-run", json=parameters)
    assert answer.status_code == 200 and is_sandboxed(answer)
    assert (answer.headers.get("content-disposition") == "attachment") is attached


@pytest.mark.parametrize("media", ["application/pdf", "image/png", "text/csv", "application/x-shockwave-flash", "odd"])
def test_what_cannot_be_shown_safely_is_a_download(media: str) -> None:
    headers = MutableHeaders({"content-type": media})
    protect(headers)
    assert headers["content-disposition"] == "attachment"


def test_a_policy_of_a_page_is_left_alone() -> None:
    headers = MutableHeaders({"content-type": "text/html", "content-security-policy": "default-src 'self'"})
    protect(headers)
    assert headers["content-security-policy"] == "default-src 'self'" and "content-disposition" not in headers


def test_no_template_shows_markup_of_others() -> None:
    """Pages escape all that they show; a narrative would have to be cleaned first."""
    folder = Path(pages.__file__).parents[2] / "web" / "templates"
    texts = [file.read_text() for file in folder.iterdir()]
    assert texts and not any("|safe" in text.replace(" ", "") or "autoescape" in text for text in texts)


async def test_what_a_signed_in_browser_reads_is_not_kept(lenient: httpx.AsyncClient) -> None:
    answer = await lenient.get("/fhir/Patient/evil", headers={"Cookie": "gateway-gateway=x"})
    assert answer.headers["cache-control"] == "no-store"


@contextmanager
def served(answer: httpx.Response, headers: dict[str, str]) -> Iterator[str]:
    """The same body once more over a real socket, as a browser needs it, under these headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def shown(url: str, folder: Path) -> str:
    """The document as headless Chromium has it after scripts had their time."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--virtual-time-budget=3000"]
    with subprocess.Popen(
        [browser, *options, "--dump-dom", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            return running.communicate(timeout=60)[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)  # its helpers too


async def test_a_script_in_a_narrative_does_not_run_in_a_browser(lenient: httpx.AsyncClient, tmp_path: Path) -> None:
    script = '<script>document.documentElement.setAttribute("data-ran", "yes")</script>'
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">Eva{script}</div>'
    await lenient.put("/fhir/Patient/evil", json=EVIL | {"text": {"status": "generated", "div": div}})
    answer = await lenient.get("/fhir/Patient/evil", headers=BROWSER)
    assert answer.headers["content-type"].startswith("application/xml")  # others a browser saves, this it shows
    assert b"data-ran" in answer.content
    bare = {"content-type": answer.headers["content-type"]}
    with served(answer, bare) as url:
        unprotected = shown(url, tmp_path / "bare")
    if 'data-ran="yes"' not in unprotected:
        pytest.skip("this browser runs no script in XML of this type even without a policy")
    with served(answer, dict(answer.headers)) as url:
        protected = shown(url, tmp_path / "sandboxed")
    assert "Eva" in protected and 'data-ran="yes"' not in protected
