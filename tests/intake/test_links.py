"""What references in a file mean."""

import pytest

from gateway.fhir.fhir_json import Resource
from gateway.intake.drafts import content
from gateway.intake.files import FileRead
from gateway.intake.links import Links, rewritten, targets
from gateway.intake.names import Name
from tests.intake.samples import PATIENT, bundle, entry, observation

BASE = "http://h.example/fhir"


def links(resource: Resource) -> Links:
    return Links.of(content(FileRead("/x/f.json", b"", resource, path="/x/f.json"), ""))


@pytest.mark.parametrize(
    ("reference", "name", "is_certain"),
    [
        ("Patient/1", Name(BASE, "Patient", "1"), True),
        ("Patient/1/_history/4", Name(BASE, "Patient", "1"), True),
        (f"{BASE}/Patient/1", Name(BASE, "Patient", "1"), True),
        ("http://H.EXAMPLE:80/fhir/Patient/7", Name(BASE, "Patient", "7"), True),
        ("Patient/7", Name(BASE, "Patient", "7"), True),
        ("http://other.example/Patient/1", Name("http://other.example", "Patient", "1"), False),
    ],
)
def test_references_belong_to_the_server_of_their_entry(reference: str, name: Name, is_certain: bool) -> None:
    target = links(bundle("searchset", entry(f"{BASE}/Patient/1", PATIENT))).target(reference, BASE)
    assert target is not None and (target.name, target.is_certain) == (name, is_certain)


@pytest.mark.parametrize("reference", ["#1", "", "urn:uuid:x", "Patient?identifier=1", "Alien/1", "just text"])
def test_other_texts_mean_nothing_here(reference: str) -> None:
    assert links(PATIENT).target(reference, "") is None


def test_every_link_of_a_resource_is_found_and_rewritten_with_its_fragment() -> None:
    resource = observation("Patient/1#x", id="o")
    resource["text"] = {"status": "generated", "div": '<div><a href="urn:uuid:p">x</a> <a href="Patient/1">y</a></div>'}
    resource["extension"] = [
        {"url": "urn:uuid:p", "valueUri": "urn:uuid:p"},
        {"url": "x", "valueCanonical": "urn:uuid:p"},
    ]
    file = bundle("collection", entry("urn:uuid:p", PATIENT), entry("urn:uuid:o", resource))
    found = content(FileRead("/x/f.json", b"", file, path="/x/f.json"), "")
    after = rewritten(resource, targets(found.drafts[1], Links.of(found)), lambda name: "new")
    assert after["subject"] == {"reference": "Patient/new#x"}
    assert after["extension"][1]["valueCanonical"] == "urn:uuid:p"
    assert after["extension"][0]["valueUri"] == "Patient/new"
    assert '<a href="Patient/new">x</a>' in after["text"]["div"]


def test_a_target_without_an_id_leaves_its_reference_alone() -> None:
    resource = observation("http://other.example/Patient/1", id="o")
    found = content(FileRead("/x/f.json", b"", resource, path="/x/f.json"), "")
    assert rewritten(resource, targets(found.drafts[0], Links.of(found)), lambda name: None) == resource
