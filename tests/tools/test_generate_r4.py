"""The tables under gateway/fhir/r4 are what the generator makes of HL7's definitions, and nothing else."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from gateway.fhir import r4

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT.parent / "shared" / "fhir-r4"
TABLES = ROOT / "gateway" / "fhir" / "r4"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_r4", ROOT / "tools" / "generate_r4.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason="the HL7 definitions are not beside the checkout")
def test_the_committed_tables_are_the_generated_ones(generator: ModuleType, tmp_path: Path) -> None:
    generator.generate(DEFINITIONS, tmp_path)
    for table in ("types.json", "codes.json", "search.json", "compartments.json", "extensions.json"):
        assert (tmp_path / table).read_bytes() == (TABLES / table).read_bytes(), table


def test_a_union_is_split_at_its_own_bars_only(generator: ModuleType) -> None:
    parts = generator.split_union("A.x | (B.y as C | D) | B.z.where(a | b)")
    assert parts == ["A.x", "(B.y as C | D)", "B.z.where(a | b)"]
    assert generator.part_for("B", "A.x | (B.y as C) | BB.z") == "(B.y as C)"


def test_every_type_an_element_has_is_in_the_table() -> None:
    table = r4.types()
    used = {code for type_ in table.values() for element in type_.elements.values() for code in element.types}
    assert used <= table.keys()
    assert {type_.base for type_ in table.values()} - {None} <= table.keys()


def test_the_tables_hold_what_r4_says() -> None:
    assert len(r4.resource_types()) == 146
    observation = r4.types()["Observation"].elements
    assert observation["id"].types == ("id",)
    assert (observation["status"].min, observation["value"].choice) == (1, True)
    assert set(observation["subject"].targets) == {"Patient", "Group", "Device", "Location"}
    assert observation["component"].types == ("Observation.component",)
    assert r4.types()["Observation.component"].elements["referenceRange"].types == ("Observation.referenceRange",)
    assert [rule.key for rule in r4.types()["Observation.referenceRange"].elements["low"].rules] == ["sqty-1"]
    assert [rule.key for rule in r4.types()["Extension"].elements["extension"].rules] == []


def test_every_required_binding_has_its_codes_or_is_known_to_have_none() -> None:
    bound = {e.required for t in r4.types().values() for e in t.elements.values() if e.required}
    bound |= {extension.required for extension in r4.extensions().values() if extension.required}
    assert bound == r4.codes().keys()
    unknown = {url.rpartition("/")[2] for url, systems in r4.codes().items() if systems is None}
    formed = {"all-languages", "bcp13.txt", "currencies", "mimetypes"}
    assert unknown == formed | {"characteristic-combination", "timezones", "ucum-units", "LL379-9"}


def test_the_extensions_are_told_with_their_values_parts_and_places() -> None:
    extensions = r4.extensions()
    assert len(extensions) == 393
    birth_place = extensions["http://hl7.org/fhir/StructureDefinition/patient-birthPlace"]
    assert (birth_place.types, birth_place.contexts, birth_place.max) == (("Address",), ("Patient",), "1")
    nationality = extensions["http://hl7.org/fhir/StructureDefinition/patient-nationality"]
    assert (nationality.types, nationality.parts["code"].types) == ((), ("CodeableConcept",))
    assert extensions["http://hl7.org/fhir/StructureDefinition/request-doNotPerform"].modifier
