"""Payloads of real servers, specifications and test suites: all of them judged as their manifest says.

The differences are listed by name with the reason. A body is compared with its elements' paths stripped of indexes
and choice suffixes, as the manifest writes them in several ways.
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gateway.errors import Malformed
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, validate
from tests.fhir.profile_shapes import DEFINITIONS

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the checkout")

DIFFERENCES = yaml.safe_load(Path(__file__).with_name("corpus_differences.yaml").read_text())
STRICTER, NOT_OURS = DIFFERENCES["stricter"], DIFFERENCES["not_ours"]


def manifest() -> list[dict[str, Any]]:
    """All files but the malformed ones, and of the big compressed ones (one Synthea patient each) every eighth."""
    rows: list[dict[str, Any]] = msgspec.json.decode((CORPUS / "MANIFEST.json").read_bytes())
    rows = [row for row in rows if not row["file"].startswith(("malformed/", "google-fhir-primitives/"))]
    packed = [row for row in rows if row["file"].endswith(".gz") and not row.get("deviations")]
    return [row for row in rows if row not in packed] + packed[::8]


def resources(file: str) -> Iterator[Resource]:
    """The FHIR resources in a file; bodies of other kinds (arrays, error pages, configuration) are passed over."""
    data = (CORPUS / file).read_bytes()
    if file.endswith(".gz"):
        data, file = gzip.decompress(data), file[:-3]
    for body in data.splitlines() if file.endswith(".ndjson") else [data] if file.endswith(".json") else []:
        if body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{") and "resourceType" in (resource := fhir_json.parse(body)):
            yield resource


def errors(resource: Resource) -> list[str]:
    return [f"{i.expression}: {i.text}" for i in validate(resource) if i.severity == "error"]


def test_what_the_manifest_calls_sound_is_accepted() -> None:
    refused = {}
    for row in manifest():
        if not row.get("deviations"):
            found = [error for resource in resources(row["file"]) for error in errors(resource)]
            if found and row["file"] not in STRICTER:
                refused[row["file"]] = found[:3]
    assert refused == {}


def test_the_list_of_differences_holds_nothing_that_is_accepted() -> None:
    assert [file for file in STRICTER if not any(errors(resource) for resource in resources(file))] == []


def test_what_the_manifest_calls_deviating_is_refused_where_it_deviates() -> None:
    missed = {}
    for row in manifest():
        if deviations := row.get("deviations"):
            found = {bare(error.split(": ")[0]) for resource in resources(row["file"]) for error in errors(resource)}
            split = [one.rsplit(": ", 1) for one in deviations]
            if gone := [path for path, kind in split if not named(path, kind, found)]:
                missed[row["file"]] = (gone, sorted(found)[:8])
    assert missed == {}


def test_no_real_payload_is_too_odd_for_a_profile() -> None:
    """Each is held to all the small profiles of its type: what they say is of no matter here, that they say it is."""
    profiles = Profiles(DEFINITIONS)
    of_type = {type_: [one["url"] for one in DEFINITIONS if one.get("type") == type_] for type_ in r4.types()}
    told = [
        profiles.findings(resource, of_type[resource["resourceType"]])
        for row in manifest()
        for resource in resources(row["file"])
        if resource["resourceType"] in r4.resource_types()
    ]
    assert sum(map(len, told)) > 1000


TYPES = "|".join(sorted((name[0].upper() + name[1:] for name in r4.types() if "." not in name), key=len, reverse=True))
NOISE = re.compile(rf"\[\d+]|\[x]|\.ofType\(\w+\)|(?<=resource)/\w+|(?<=contained)/\w+|_|(?<=[a-z])(?:{TYPES})\b")


def bare(path: str) -> str:
    """One way to write `Bundle.entry.resource/Patient._birthDate`, `Observation.value[x]` and `.valueQuantity`."""
    return NOISE.sub("", path)


def named(path: str, kind: str, found: set[str]) -> bool:
    """Whether `found` has the element or one below it; for what belongs to a whole, also an element above it."""
    path = bare(path)
    above = kind.startswith("invariant") or kind == "unknown-element"
    return any(one == path or one.startswith(path + ".") or (above and path.startswith(one + ".")) for one in found)


def malformed() -> list[Any]:
    expected = CORPUS / "malformed" / "expected.json"
    cases = msgspec.json.decode(expected.read_bytes())["cases"] if expected.exists() else []
    return [case for case in cases if not case["file"].startswith("google-fhir-primitives/")]


@pytest.mark.parametrize("case", malformed(), ids=lambda case: case["file"])
def test_what_is_malformed_is_refused_at_the_right_element(case: dict[str, Any]) -> None:
    file = CORPUS / "malformed" / case["file"]
    bodies = file.read_bytes().splitlines() if file.suffix == ".ndjson" else [file.read_bytes()]
    found = set().union(*map(said, bodies))
    if case["file"] in NOT_OURS:
        assert found == set()
        return
    assert found
    for violation in case["violations"]:
        if not violation["path"].startswith("$") and violation["kind"] not in ("invalid-unicode", "bom"):
            assert named(violation["path"], violation["kind"], found), (violation, found)


def said(body: bytes) -> set[str]:
    try:
        return {bare(error.split(": ")[0]) for error in errors(fhir_json.parse(body))}
    except Malformed as refusal:
        return {bare(issue.expression) for issue in refusal.issues}


def values(kind: str, verdict: str) -> list[Any]:
    """None for a line that is no JSON."""
    folder = CORPUS / "malformed" if verdict == "invalid" else CORPUS
    lines = (folder / "google-fhir-primitives" / f"{kind}.{verdict}.ndjson").read_bytes().splitlines()
    return [value(line) for line in lines if line.strip()]


def value(line: bytes) -> Any:
    try:
        return fhir_json.parse(b'{"value":%s}' % line)["value"]
    except Malformed:
        return None


@pytest.mark.parametrize("kind", ["boolean", "code", "date", "decimal", "string", "time", "uri"])
def test_primitive_values_are_judged_as_google_judges_them(kind: str) -> None:
    def issues(value: Any) -> list[Any]:
        extension = {"url": "x", f"value{kind.capitalize()}": value}
        return validate({"resourceType": "Basic", "code": {"text": "x"}, "extension": [extension]})

    assert [value for value in values(kind, "valid") if value is not None and issues(value)] == []
    assert [value for value in values(kind, "invalid") if not issues(value)] == []
