"""What no rule reads is told by element, with counts; what one reads is not, whatever the way it is read."""

from pathlib import Path
from typing import Any

import pytest

from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.mapping.proofs.coverage import Coverage, Unread
from tests.mapping.support import corpus, load

ROOT = Path(__file__).parents[3]
FULL = sorted(ROOT.glob("mappings/golden/*.full.fhir.json"))


def covered(folder: Path, *lines: str, **resource: Any) -> Coverage:
    coverage = Coverage(load(folder, *lines).by_type["Patient"])
    coverage.add({"resourceType": "Patient", "id": "p", **resource}, "one")
    return coverage


def unread(folder: Path, *lines: str, **resource: Any) -> list[str]:
    return [one.element for one in covered(folder, *lines, **resource).unread()]


SEX = "sex: {path: gender, type: code}"
SIMPLE = [{"use": "old", "family": "A"}, {"use": "usual", "family": "B"}]
URL = "urn:x"
EXTENDED = [{"url": URL, "valueCode": "c"}, {"url": "urn:y", "valueCode": "d"}]


@pytest.mark.parametrize(
    ("lines", "resource", "expected"),
    [
        ([SEX], {"gender": "male", "birthDate": "1970"}, ["birthDate"]),
        ([SEX], {"gender": "male", "maritalStatus": {"coding": [{"code": "M"}], "text": "x"}}, ["maritalStatus"]),
        (["m: {path: maritalStatus, type: concept}"], {"maritalStatus": {"coding": [{"code": "M"}], "text": "x"}}, []),
        (
            ["m: {path: maritalStatus.coding, type: token, list: true}"],
            {"maritalStatus": {"coding": [{"code": "M", "display": "x"}], "text": "x"}},
            ["maritalStatus.coding.display", "maritalStatus.text"],
        ),
        (["n: {path: name.where(use = 'old').family, type: text}"], {"name": SIMPLE}, ["name", "name.use"]),
        (["n: {path: name, type: name, list: true}"], {"name": SIMPLE}, []),
        (["n: {path: name, list: true, fields: {f: {path: family, type: text}}}"], {"name": SIMPLE}, ["name.use"]),
        (
            ["d: {path: 'iif(deceased is dateTime, true, deceased.ofType(boolean))', type: boolean, read-only: true}"],
            {"deceasedBoolean": True},
            [],
        ),
        (["d: {path: deceased.ofType(dateTime), type: moment}"], {"deceasedBoolean": True}, ["deceasedBoolean"]),
        (
            ["i: {path: identifier.value | name.family, type: text, list: true, read-only: true}"],
            {"identifier": [{"value": "1", "system": "s"}], "name": [{"family": "A"}]},
            ["identifier.system"],
        ),
        (
            ["k: {path: managingOrganization, type: key, to: Organization}"],
            {"managingOrganization": {"reference": "Organization/1"}},
            [],
        ),
        ([SEX], {"gender": "male", "extension": EXTENDED}, [f"extension({URL})", "extension(urn:y)"]),
        (
            [f"e: {{path: extension('{URL}').value.ofType(code), type: code}}"],
            {"extension": EXTENDED},
            ["extension(urn:y)"],
        ),
        (
            ["b: {path: birthDate, type: date}"],
            {"birthDate": "1970", "_birthDate": {"id": "a", "extension": EXTENDED[:1]}},
            [f"birthDate.extension({URL})", "birthDate.id"],
        ),
        (
            [f"b: {{path: birthDate.extension('{URL}').value.ofType(code), type: code}}"],
            {"_birthDate": {"extension": EXTENDED}},
            ["birthDate.extension(urn:y)"],
        ),
        ([SEX], {"name": [{"extension": EXTENDED[:1]}]}, [f"name.extension({URL})"]),
        ([SEX], {"gender": "male", "text": {"div": "x"}, "contained": [{"id": "c"}], "meta": {"versionId": "1"}}, []),
        ([SEX], {"nonsense": [1, {"x": 2}, None]}, ["nonsense"]),
        (["g: {fields: {sex: {path: gender, type: code}}}"], {"gender": "male"}, []),
        (
            ["f: {path: name.first().given, type: text, list: true}"],
            {"name": [{"given": ["A"]}, {"given": ["B"]}]},
            ["name"],
        ),
    ],
)
def test_the_elements_that_no_rule_reads_are_told(
    tmp_path: Path, lines: list[str], resource: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(unread(tmp_path, *lines, **resource)) == sorted(expected)


def test_they_are_counted_over_all_resources_with_an_example(tmp_path: Path) -> None:
    coverage = covered(tmp_path, SEX, gender="male")
    coverage.add({"resourceType": "Patient", "gender": "male", "telecom": [{"value": "1"}, {"value": "2"}]}, "two")
    coverage.add({"resourceType": "Patient", "telecom": [{"value": "3"}], "birthDate": "1970"}, "three")
    assert coverage.unread() == [Unread("telecom", 2, 3, "two"), Unread("birthDate", 1, 1, "three")]
    assert (coverage.resources, coverage.values, coverage.read) == (3, 6, 2)
    assert coverage.share == pytest.approx(1 / 3)


def test_a_mapping_that_saw_nothing_missed_nothing(tmp_path: Path) -> None:
    assert Coverage(load(tmp_path, SEX).by_type["Patient"]).share == 1


@pytest.mark.parametrize("file", FULL, ids=lambda file: file.name)
def test_the_shipped_mappings_read_all_of_a_full_resource(file: Path) -> None:
    resource = fhir_json.parse(file.read_bytes())
    coverage = Coverage(Mappings.load(ROOT / "mappings").by_type[resource["resourceType"]])
    coverage.add(resource, file.name)
    assert coverage.unread() == []


def test_without_what_no_rule_reads_the_document_is_the_same(shared: Path) -> None:
    coverages = {type_: Coverage(mapping) for type_, mapping in Mappings.load(ROOT / "mappings").by_type.items()}
    resources = list(corpus(shared))
    for number, resource in enumerate(resources):
        coverages[resource["resourceType"]].add(resource, str(number))
    tried = 0
    for coverage in coverages.values():
        for element, *_, example in coverage.unread():
            resource = resources[int(example)]
            if element in resource:
                rest = {name: part for name, part in resource.items() if name != element}
                assert _fields(coverage, rest) == _fields(coverage, resource), element
                tried += 1
    assert tried > 10


def _fields(coverage: Coverage, resource: dict[str, Any]) -> dict[str, Any]:
    document = coverage.mapping.get(resource).document
    return {name: value for name, value in document.items() if name not in ("unmapped", "quality")}
