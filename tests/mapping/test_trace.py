"""The trace names the rule behind each value."""

from pathlib import Path

from tests.mapping.support import load


def test_each_rule_tells_what_it_read_and_where_it_stands(tmp_path: Path) -> None:
    mappings = load(
        tmp_path,
        "sex: {path: gender, type: code}",
        "people:",
        "  path: contact",
        "  list: true",
        "  fields:",
        "    sex: {path: gender, type: code}",
        "birth: {fields: {date: {path: birthDate, type: date}}}",
    )
    patient = {"resourceType": "Patient", "contact": [{}, {"gender": "male"}], "birthDate": "x"}
    found = mappings.trace(patient)
    assert [(reading.field, reading.path, reading.value, reading.line) for reading in found] == [
        ("sex", "gender", None, 4),
        ("people", "contact", [{"sex": "male"}], 5),
        ("people[0].sex", "gender", "male", 9),
        ("birth", "$this", None, 10),
    ]
    assert found[0].rule == f"{tmp_path}/things.yaml:4"
    assert found[3].notes == (("birthDate", "not a date or time"),)
