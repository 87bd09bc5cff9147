"""Where files come from: server, folder, or the name that the user gives."""

from pathlib import Path

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.intake.files import FileRead
from gateway.intake.names import UUIDS, Name
from gateway.intake.origin import ImportOrigin, origin_of
from tests.intake.samples import PATIENT, bundle, entry

BASE = "http://h.example/fhir"
UUID = "7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"


def origin(resource: Resource, chosen: str = "", *, label: str = "/x/f.json") -> ImportOrigin:
    return origin_of(FileRead(label, b"", resource, path="/x/f.json"), chosen)


@pytest.mark.parametrize(
    ("links", "base"),
    [
        (["http://h.example/fhir/Patient?name=x"], BASE),
        (["http://h.example/fhir/Patient/1/_history"], BASE),
        (["http://h.example/fhir/_history?_count=2"], BASE),
        (["http://h.example/fhir?_getpages=x"], BASE),
        (["relative", "http://h.example/fhir/Patient?name=x"], BASE),
        (["http://h.example/page/1"], ""),
        ([], ""),
    ],
)
def test_a_searchset_without_full_urls_names_its_server_in_its_links(links: list[str], base: str) -> None:
    told = [{"relation": "self", "url": url} for url in links]
    assert origin(bundle("searchset", {"resource": PATIENT}, link=told)).base == base


def test_most_full_urls_decide_and_a_stranger_among_them_keeps_its_own_source() -> None:
    file = bundle("searchset", entry("http://o.example/Patient/1"), *[entry(f"{BASE}/Patient/{n}") for n in "12"])
    source = origin(file)
    assert (source.source, source.source_of("http://o.example"), source.is_consistent) == (
        BASE,
        "http://o.example",
        True,
    )
    named = origin(file, "north")
    assert (named.source_of(BASE), named.source_of("http://o.example")) == ("north", "north http://o.example")


def test_without_a_server_the_folder_is_the_source_and_a_definition_belongs_to_its_file() -> None:
    source = origin(PATIENT)
    assert (source.source, source.is_consistent) == (str(Path("/x").resolve()), False)
    assert source.definition("Patient", "1") == Name(source.source, "Patient", "1", source.file)
    assert source.reference("Patient", "1") == Name(source.source, "Patient", "1")
    assert source.reference("Patient", UUID) == Name(UUIDS, "Patient", UUID, source.file)


def test_bundles_of_one_file_name_are_told_apart() -> None:
    documents = [bundle("document", identifier={"value": value}) for value in "ab"]
    assert len({origin(one).file for one in documents}) == 2
    assert len({origin(bundle("message", entry(url))).file for url in ("urn:a", "urn:b")}) == 2
    assert len({origin(bundle("collection", entry(url))).file for url in ("urn:a", "urn:b")}) == 1
    lines = [origin(bundle("collection", entry(url)), label="/x/f.json:1").file for url in ("urn:a", "urn:b")]
    assert len(set(lines)) == 2
