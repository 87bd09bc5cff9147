"""What a Bundle asks of its entries and links, said of the entry at fault."""

from typing import Any

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate


def bundle(*entries: Any, type_: str = "collection", **elements: Any) -> Resource:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries), **elements}


def entry(url: str, id_: str | None, version: str | None = None, **elements: Any) -> dict[str, Any]:
    meta = {"meta": {"versionId": version}} if version else {}
    return {"fullUrl": url, "resource": {"resourceType": "Patient", **({"id": id_} if id_ else {}), **meta}, **elements}


def said(resource: Resource) -> list[tuple[str, str]]:
    return [(issue.severity, issue.expression) for issue in validate(resource)]


SERVER = "http://example.org/fhir/Patient/"
HISTORIC = {"request": {"method": "PUT", "url": "Patient/1"}, "response": {"status": "200"}}


@pytest.mark.parametrize(
    "sound",
    [
        bundle(entry(SERVER + "1", "1", "1"), entry(SERVER + "1", "1", "2")),
        bundle(entry(SERVER + "1", "1", "1", **HISTORIC), entry(SERVER + "1", "1", "1", **HISTORIC), type_="history"),
        bundle(entry(SERVER + "1", None), entry("urn:uuid:0b4f1b4e-0000-4000-8000-000000000000", "2")),
        bundle(entry("http://example.org/people/seven", "7")),
        bundle(entry(SERVER + "1", "1"), link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]),
        bundle(entry(SERVER + "1", "1"), link=[{"relation": "alternate", "url": "x"}] * 2),
    ],
)  # fmt: skip
def test_a_sound_bundle_is_left_alone(sound: Resource) -> None:
    assert said(sound) == []


def test_the_second_of_two_entries_with_one_full_url_is_named() -> None:
    assert said(bundle(entry(SERVER + "1", "1"), entry(SERVER + "2", "2"), entry(SERVER + "1", "1"))) == [
        ("error", "Bundle.entry[2].fullUrl")
    ]


@pytest.mark.parametrize("url", [SERVER + "2", "http://example.org/fhir/Practitioner/1"])
def test_a_full_url_must_not_disagree_with_the_resource(url: str) -> None:
    assert said(bundle(entry(url, "1"))) == [("error", "Bundle.entry[0].fullUrl")]


def test_two_links_to_the_next_page_are_doubtful() -> None:
    links = [{"relation": "next", "url": "x"}, {"relation": "next", "url": "y"}]
    assert said(bundle(entry(SERVER + "1", "1"), link=links)) == [("warning", "Bundle.link[1].relation")]


@pytest.mark.parametrize(
    "odd", [None, 1, [], {"entry": 1}, {"entry": [1, {"fullUrl": 1, "resource": []}]}, {"link": [1]}]
)
def test_odd_shapes_are_left_to_the_structure(odd: Any) -> None:
    resource = {
        "resourceType": "Bundle",
        "type": odd if not isinstance(odd, dict) else "batch",
        **(odd if isinstance(odd, dict) else {}),
    }
    assert any(severity == "error" for severity, _ in said(resource))
