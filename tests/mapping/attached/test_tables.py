"""The tables: every row can be read, names elements that R4 has, and says where it comes from."""

import gzip
import json
from pathlib import Path

import pytest

from gateway.fhir import r4
from gateway.fhir.path.type_model import fields
from gateway.mapping.attached.tables import WHENS, extensions, is_data_type, is_husk, members, rules, without

TYPES = [*r4.types(), "extension(http://hl7.org/fhir/us/core/StructureDefinition/us-core-race)"]


def test_every_rule_names_elements_of_its_type_and_its_source() -> None:
    seen = 0
    for type_ in TYPES:
        for rule in rules(type_):
            seen += 1
            assert rule.when in WHENS and rule.then in ("goes", "told", "refused")
            assert rule.source.startswith("http")
            for name in (*rule.value, *rule.dependents):
                known = name == "*" or name.startswith("extension") or fields(type_, name.removesuffix("[x]"))
                assert known or name in ("status", "statusReason", "text"), (type_, name)
    assert seen > 100


def test_every_extension_says_what_becomes_of_it() -> None:
    assert all(rule.then in ("goes", "stays", "reason") and rule.source for rule in extensions().values())
    assert extensions()["http://hl7.org/fhir/StructureDefinition/data-absent-reason"].then == "reason"


def test_the_extensions_of_r4_in_the_table_are_those_of_r4(shared: Path) -> None:
    definitions = json.loads(gzip.decompress((shared / "fhir-r4/extension-definitions.json.gz").read_bytes()))
    known = {entry["resource"]["url"] for entry in definitions["entry"]}
    listed = {url for url, rule in extensions().items() if rule.source.startswith("https://hl7.org/fhir/R4/")}
    assert listed <= known and len(listed) > 60


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("Quantity", True),
        ("Age", True),
        ("Dosage", False),
        ("Patient.contact", False),
        ("Patient", False),
        ("Meta", False),
    ],
)
def test_a_data_type_is_one_value(type_: str, expected: bool) -> None:
    assert is_data_type(type_) is expected


def test_members_are_elements_choices_and_extensions() -> None:
    told = {"valueString": "a", "status": "final", "extension": [{"url": "urn:a"}, {"url": "urn:b"}]}
    node = {**told, "text": {"div": "x"}}
    assert members(node, "Observation", "value[x]") == {"valueString": "a"}
    assert members(node, "Observation", "extension(urn:b)") == [{"url": "urn:b"}]
    assert members(node, "Observation", "effective[x]") is None
    assert members(node, "Observation", "*") == told
    assert members({"id": "x", "extension": []}, "Quantity", "*") is None


def test_what_is_taken_out_goes_with_what_stands_beside_it() -> None:
    node = {"display": "a", "_display": {"id": "x"}, "code": "c", "extension": [{"url": "urn:a"}, {"url": "urn:b"}]}
    assert without(node, "Coding", "display") == {"code": "c", "extension": node["extension"]}
    assert without(node, "Coding", "extension(urn:a)")["extension"] == [{"url": "urn:b"}]
    assert "extension" not in without({"extension": [{"url": "urn:a"}]}, "Coding", "extension(urn:a)")


def test_a_husk_has_lost_its_value_and_holds_nothing_of_its_own() -> None:
    number = {"system": "urn:x", "use": "official", "value": "1"}
    assert is_husk("Identifier", number, {"system": "urn:x", "use": "official"})
    assert not is_husk("Identifier", number, {"system": "urn:x", "extension": [{"url": "urn:a"}]})
    assert not is_husk("Identifier", {"system": "urn:x", "use": "usual"}, {"system": "urn:x"})  # it had no value before
    assert not is_husk("Identifier", number, {"value": "2"})
