"""The indexes of a mapping file: every field is one of its documents, and MongoDB will take them."""

from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping import Mappings
from gateway.mapping.indexes import Index

FIELDS = """fields:
  born: {path: birthDate, type: date}
  names: {path: name, type: name, list: true}
  shown: {path: name, type: name, function: display_name, read-only: true}
  contacts: {path: telecom, type: contact, list: true}
  people: {path: contact, list: true, fields: {names: {path: name, type: name}, sex: {path: gender, type: code}}}
"""


def load(folder: Path, *lines: str) -> tuple[Index, ...]:
    """`lines` are items of the list, from line 4 on."""
    text = "resource: Patient\ncollection: people\nindexes:\n" + "".join(f"  - {line}\n" for line in lines) + FIELDS
    (folder / "patient.yaml").write_text(text, "utf-8")
    return Mappings.load(folder).indexes["people"]


def test_what_is_asked_for_is_what_there_is(tmp_path: Path) -> None:
    assert load(
        tmp_path,
        "born",
        "[names.family, -born, _id]",
        "{fields: [names.given, names.family], sparse: true}",
        "{fields: [-fhir.updated], present: people.sex}",
        "[quality.rule, fhir.origin, fhir.updated]",
        "born",
    ) == (
        Index((("born", 1),)),
        Index((("names.family", 1), ("born", -1), ("_id", 1))),
        Index((("names.given", 1), ("names.family", 1)), sparse=True),
        Index((("fhir.updated", -1),), present="people.sex"),
        Index((("quality.rule", 1), ("fhir.origin", 1), ("fhir.updated", 1))),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("borne", "there is no field 'borne'"),
        ("names.famly", "there is no field 'names.famly'"),
        ("names.family.x", "there is no field 'names.family.x'"),
        ("shown.family", "there is no field 'shown.family'"),
        ("[names.family, contacts.value]", "contacts and names are both lists"),
        ("[quality.rule, names.family]", "names and quality are both lists"),
        ("[born, -born]", "'born' occurs twice"),
        ("[]", "has no fields"),
        ("{fields: born, spares: true}", "unknown word 'spares'"),
        ("{sparse: true}", "`fields` is missing"),
        ("{fields: born, present: birth}", "there is no field 'birth'"),
        ("{fields: born, present: born, sparse: true}", "exclude each other"),
        ("[[born]]", "expected one value"),
    ],
)
def test_a_fault_leads_to_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, "born", line)
    assert refused.value.text.startswith(f"{tmp_path}/patient.yaml:5: indexes: ") and said in refused.value.text


def test_a_fingerprint_is_always_indexed() -> None:
    assert all(
        ("fingerprint" in {field.name for field in mapping.record.fields})
        == any(name == "fingerprint.near" for index in mapping.indexes for name, _ in index.fields)
        for mapping in Mappings.load(Path(__file__).parents[2] / "mappings").by_type.values()
    )
