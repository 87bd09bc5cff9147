"""Forms of a path that an engineer would naturally write: read, written, and read again."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.mapping.proofs.laws import Proof, prove
from tests.mapping.support import load

FORMS = [
    ("Patient", "name.where(use='official').given.first()", "text", "Ada"),
    ("Patient", "name.where(use='official').first().family", "text", "Lace"),
    ("Patient", "name.where(use='official')[0].given[0]", "text", "Ada"),
    ("Patient", "telecom.where(system='phone' and use='home').value", "text", "555"),
    ("Patient", "telecom.where(system='phone').where(use='home').value", "text", "555"),
    ("Patient", "identifier.where(system='http://x').value.first()", "text", "7"),
    ("Patient", "extension.where(url='http://x').value.as(string)", "text", "a"),
    ("Patient", "extension('http://x').value.ofType(code)", "code", "a"),
    ("Patient", "contact.where(relationship.coding.exists(code='N')).name.family", "text", "Kin"),
    ("Patient", "communication.where(preferred).language.text", "text", "Basque"),
    ("Patient", "communication.where(language.coding.code='eu' and preferred).language.text", "text", "Basque"),
    ("Patient", "meta.tag.where(system='x').code", "code", "t"),
    ("Patient", "address.line[0]", "text", "Main Street 1"),
    ("Patient", "text.div", "text", '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>'),
    ("Observation", "value.as(Quantity).unit", "text", "kg"),
    ("Observation", "(value as Quantity).unit", "text", "kg"),
    ("Observation", "code.coding.where(system='http://loinc.org').first().code", "code", "8480-6"),
    ("Observation", "component.where(code.coding.code='8480-6').value.as(Quantity).unit", "text", "mm[Hg]"),
]


@pytest.mark.parametrize(("type_", "path", "kind", "value"), FORMS)
def test_a_natural_path_leads_both_ways(tmp_path: Path, type_: str, path: str, kind: str, value: Any) -> None:
    mappings = load(tmp_path, f'it: {{path: "{path}", type: {kind}}}', type_=type_)
    made = mappings.put("things", {"_id": "a", "it": value}, None)
    [projection] = mappings.get(made)
    assert projection.document == {"_id": "a", "it": value}
    assert mappings.put("things", {"_id": "a"}, made) == {"resourceType": type_, "id": "a"}


def test_a_narrative_that_is_no_xhtml_is_refused(tmp_path: Path) -> None:
    mappings = load(tmp_path, "it: {path: text.div, type: text}")
    with pytest.raises(Invalid) as refused:
        mappings.put("things", {"_id": "a", "it": "Ada <script>"}, None)
    assert refused.value.issues[0].expression == "it"


def test_a_list_with_other_things_than_objects_is_refused(tmp_path: Path) -> None:
    mappings = load(tmp_path, "it: {path: telecom.where(system='phone').value, type: text}")
    original = {"resourceType": "Patient", "telecom": [None, "x", {"system": "phone", "value": 5}]}
    with pytest.raises(Invalid, match="telecom is not of the shape its definition gives"):
        mappings.put("things", {"it": "55"}, original)


def test_a_code_that_a_concept_map_gives_for_all_others_breaks_no_law(tmp_path: Path) -> None:
    group = {
        "element": [{"code": "male", "target": [{"code": "M", "equivalence": "equal"}]}],
        "unmapped": {"mode": "fixed", "code": "U"},
    }
    content = {"resourceType": "ConceptMap", "group": [group]}
    (tmp_path / "sex.json").write_text(json.dumps(content), "utf-8")
    mapping = load(tmp_path, "it: {path: gender, type: code, codes: sex.json}").by_type["Patient"]
    proof = Proof()
    prove(mapping, {"resourceType": "Patient", "id": "a", "gender": "other"}, "a", proof)
    assert proof.violations == [] and proof.alone == 1
