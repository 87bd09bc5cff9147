"""What the tests of the API look for in responses."""

from typing import Any

import httpx


def outcome(response: httpx.Response, status: int, code: str | None = None) -> list[dict[str, Any]]:
    """The issues of an OperationOutcome with this status (and a first issue of this code)."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body["resourceType"] == "OperationOutcome"
    assert code is None or body["issue"][0]["code"] == code, body
    issues: list[dict[str, Any]] = body["issue"]
    return issues


def resource(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    """The ids of the entries of a searchset."""
    return [e["resource"]["id"] for e in bundle.get("entry", []) if e["search"]["mode"] == mode]
