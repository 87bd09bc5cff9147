"""The rules of a file, with what the checks need."""

from pathlib import Path

from gateway.mapping.lint.rule import Rule, rules
from gateway.mapping.source.yaml_source import parse

TEXT = """resource: Patient
collection: things
fields:
  sex: {path: gender, type: code, codes: {male: M, female: F}}
  people:
    path: contact
    list: true
    read-only: true
    fields:
      name: {path: name.family, type: text}
  birth:
    fields:
      date: {path: birthDate, type: date}
"""


def found() -> dict[str, Rule]:
    return {rule.name: rule for rule in rules(parse(Path("m.yaml"), TEXT.encode()))}


def test_an_object_comes_before_its_fields() -> None:
    assert [*found()] == ["sex", "people", "people.name", "birth", "birth.date"]


def test_fields_of_an_object_start_from_its_type_and_are_read_only_with_it() -> None:
    name = found()["people.name"]
    assert (name.context, name.above, name.read_only) == ("Patient.contact", (("contact", "Patient"),), True)
    assert found()["people"].many and found()["people"].type == "object" and not name.many


def test_fields_of_a_group_start_from_the_same_element() -> None:
    date = found()["birth.date"]
    assert (date.context, date.path, date.read_only) == ("Patient", "birthDate", False)
    assert found()["birth"].path == "$this"


def test_the_rows_of_a_code_map_know_their_line() -> None:
    sex = found()["sex"]
    assert [(row.code, row.target_code, row.line) for row in sex.rows] == [("male", "M", 4), ("female", "F", 4)]
    assert sex.codes is not None and sex.codes.table == {"male": "M", "female": "F"}
    assert found()["birth.date"].rows == () and found()["birth.date"].codes is None


def test_a_finding_stands_at_its_word() -> None:
    people = found()["people"]
    assert people.find("note", "odd", "list").line == 7 and people.find("note", "odd").line == 5
    assert str(people.find("warning", "odd", line=9, file="sex.csv")) == "sex.csv:9: field people: warning: odd"
