"""What HAPI's client in Java sends, spelled out: it does not run here. https://hapifhir.io/hapi-fhir/docs/client/generic_client.html"""

from typing import Any

import httpx
import pytest

HEADERS = {
    "Accept": "application/fhir+xml;q=0.9, application/fhir+json;q=1.0, application/json+fhir;q=0.9",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/fhir+json; charset=UTF-8",
}


@pytest.mark.parametrize("before", ["{base}/Patient?", "Patient?", "?", ""])
def test_a_conditional_create(server: str, person: dict[str, Any], mark: str, before: str) -> None:
    """R4 wants what follows the `?`; HAPI writes the whole URL."""
    headers = {**HEADERS, "If-None-Exist": before.format(base=server) + f"identifier=urn%3Atest%7C{mark}"}
    body = {"resourceType": "Patient", **person}
    answers = [httpx.post(f"{server}/Patient", json=body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    elsewhere = {**headers, "If-None-Exist": f"http://elsewhere.example/fhir/Patient?identifier={mark}"}
    assert httpx.post(f"{server}/Patient", json=body, headers=elsewhere).status_code == 400
