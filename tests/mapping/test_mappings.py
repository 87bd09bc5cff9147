"""Whatever is wrong in a folder, the error leads to its line: on loading, and from `gateway map check`."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping import Mappings
from gateway.mapping.lint import lint

HEAD = "resource: Patient\ncollection: things\nfields:\n"
OK = "  ok: {path: active, type: boolean}\n"
CSV = HEAD + "  sex: {path: gender, type: code, codes: sex.csv}\n"
MAP = HEAD + "  sex: {path: gender, type: code, codes: sex.json}\n"
PLAIN = HEAD + OK


def concept_map(*elements: Any, **group: Any) -> str:
    return json.dumps({"resourceType": "ConceptMap", "group": [{"element": list(elements), **group}]}, indent=1)


def view(**changed: Any) -> str:
    column = {"path": "id", "name": "id"}
    plain = {"resourceType": "ViewDefinition", "name": "v", "resource": "Patient", "select": [{"column": [column]}]}
    return json.dumps({**plain, **changed}, indent=1)


def column(path: str, name: str = "x", **more: str) -> list[dict[str, Any]]:
    return [{"column": [{"path": path, "name": name, **more}]}]


M, MALE = {"code": "M", "equivalence": "equal"}, "male"

BROKEN: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a tab": ({"m.yaml": HEAD + "\tok: {path: active, type: boolean}\n"}, "m.yaml:4: not YAML: .*not by tabs"),
    "a column too few": ({"m.yaml": HEAD + "  ok:\n    path: active\n   type: boolean\n"}, "m.yaml:6: .*one column"),
    "an unclosed brace": ({"m.yaml": HEAD + "  a: {path: id\n" + OK}, r"m.yaml:4: .*within \{, which is opened here"),
    "an unclosed quote": (
        {"m.yaml": HEAD + "  a: {path: 'id, type: text}\n" + OK},
        "m.yaml:4: .*within ', which is opened here",
    ),
    "a comma in a path": (
        {"m.yaml": HEAD + "  a: {path: iif(active, 'a', 'b'), type: text}\n"},
        "m.yaml:4: .*in quotes",
    ),
    "a path with a quote": (
        {"m.yaml": HEAD + "  a:\n    path: 'x' in name.given\n    type: boolean\n"},
        "m.yaml:5: .*in quotes",
    ),
    "a path with a percent": (
        {"m.yaml": HEAD + "  a:\n    path: %resource.id\n    type: text\n"},
        "m.yaml:5: .*in quotes",
    ),
    "a path with a colon": (
        {"m.yaml": HEAD + "  a:\n    path: name(use: x)\n    type: name\n"},
        "m.yaml:5: .*in quotes",
    ),
    "an alias of nothing": ({"m.yaml": HEAD + "  a: *nope\n"}, "m.yaml:4: not YAML: .*undefined alias"),
    "two documents": ({"m.yaml": PLAIN + "---\n" + PLAIN}, "m.yaml:5: not YAML"),
    "a comment alone": ({"m.yaml": "# nothing\n"}, "m.yaml:1: the file is empty"),
    "a text": ({"m.yaml": "hello\n"}, "m.yaml:1: expected `name: value` lines, found 'hello'"),
    "Latin-1": ({"m.yaml": (PLAIN + "  # Größe\n").encode("latin-1")}, "m.yaml:5: not UTF-8 text: byte 0xf6"),
    "UTF-16": ({"m.yaml": PLAIN.encode("utf-16")}, "m.yaml:1: not UTF-8"),
    "a control character": ({"m.yaml": HEAD + "  a: {path: i\x07d, type: text}\n"}, r"m.yaml:4: not YAML: .*U\+0007"),
    "carriage returns": (
        {"m.yaml": (PLAIN + "  x: {path: nope, type: text}\n").replace("\n", "\r\n")},
        "m.yaml:5: field x: path 'nope'",
    ),
    "nested without end": ({"m.yaml": HEAD + "  a: " + "[" * 5000 + "]" * 5000 + "\n"}, "m.yaml:1: .*nested too deep"),
    "another suffix": ({"m.yml": PLAIN}, "m.yml:1: the name of a mapping must end in .yaml"),
    "no fields": ({"m.yaml": HEAD}, "m.yaml:3: expected `name: value` lines, found nothing"),
    "a field with a word alone": ({"m.yaml": HEAD + "  a: active\n"}, "m.yaml:4: field a: .*found 'active'"),
    "a list for a word": (
        {"m.yaml": HEAD + "  a: {path: id, type: [text]}\n"},
        r"m.yaml:4: field a: .*found '\[text\]'",
    ),
    "a FHIR type": ({"m.yaml": HEAD + "  a: {path: id, type: string}\n"}, "m.yaml:4: .*is read by type code, text"),
    "a name that is no text": ({"m.yaml": HEAD + "  ? [a]\n  : {path: id}\n"}, "m.yaml:4: a name must be plain text"),
    "a data type": (
        {"m.yaml": PLAIN.replace("Patient", "HumanName")},
        "m.yaml:1: 'HumanName' is not an R4 resource type",
    ),
    "a collection of the gateway": (
        {"m.yaml": PLAIN.replace("things", "resources")},
        "m.yaml:2: the collection resources",
    ),
    "a collection twice": (
        {"a.yaml": PLAIN, "b.yaml": "# two\n" + PLAIN.replace("Patient", "Person")},
        "b.yaml:3: things is mapped in .*a.yaml already",
    ),
    "a type twice": (
        {"a.yaml": PLAIN, "b.yaml": "# two\n" + PLAIN.replace("things", "others")},
        "b.yaml:2: Patient is mapped in .*a.yaml already",
    ),
    "a collection of a view": ({"a.yaml": PLAIN, "b.json": view(name="things")}, "b.json:3: things is mapped in"),
    "a path from the resource below": (
        {"m.yaml": HEAD + "  c:\n    path: contact\n    fields:\n      n: {path: contact.name, type: name}\n"},
        "m.yaml:7: field c.n: path 'contact.name' on Patient.contact: .*starts from Patient.contact",
    ),
    "a path that is very long": (
        {"m.yaml": HEAD + f"  a: {{path: {' or '.join(['active'] * 5000)}, type: boolean}}\n"},
        "m.yaml:4: field a: path '.{200}…' on Patient: .{1,99}$",
    ),
    "a type that the choice never has": (
        {"m.yaml": HEAD + "  a: {path: deceased.ofType(Period), type: period}\n"},
        "m.yaml:4: field a: .*it is never Period, only boolean, dateTime",
    ),
    "an index of nothing": ({"m.yaml": PLAIN + "indexes:\n  - okk\n"}, "m.yaml:6: indexes: .*'okk'; did you mean ok"),
    "indexes that are no list": ({"m.yaml": PLAIN + "indexes: ok\n"}, "m.yaml:5: expected a list, found 'ok'"),
    "a CSV that is empty": ({"m.yaml": CSV, "sex.csv": ""}, "sex.csv:1: field sex: .*its first line must be from,to"),
    "a CSV with semicolons": ({"m.yaml": CSV, "sex.csv": "from;to\nmale;M\n"}, "sex.csv:1: field sex: .*not 'from;to'"),
    "a CSV row too long": ({"m.yaml": CSV, "sex.csv": "from,to\nmale,M,x\n"}, "sex.csv:2: field sex: .*'male,M,x'"),
    "a CSV row too short": ({"m.yaml": CSV, "sex.csv": "from,to\n\nmale\n"}, "sex.csv:3: field sex: .*'male'"),
    "a CSV code twice": ({"m.yaml": CSV, "sex.csv": "from,to\nmale,M\nmale,F\n"}, "sex.csv:3: field sex: code 'male'"),
    "a CSV in Latin-1": (
        {"m.yaml": CSV, "sex.csv": "from,to\nmale,Männer\n".encode("latin-1")},
        "sex.csv:2: field sex: not UTF-8 text: byte 0xe4",
    ),
    "a CSV that is not there": ({"m.yaml": CSV}, "m.yaml:4: field sex: 'sex.csv' cannot be read: No such file"),
    "a ConceptMap that is no JSON": ({"m.yaml": MAP, "sex.json": '{\n "group": [}\n'}, "sex.json:2: field sex: "),
    "a ConceptMap of another kind": (
        {"m.yaml": MAP, "sex.json": '{"resourceType": "ValueSet"}'},
        "sex.json:1: .*'ValueSet'",
    ),
    "a ConceptMap without equivalence": (
        {"m.yaml": MAP, "sex.json": concept_map({"code": MALE, "target": [{"code": "M"}]})},
        "sex.json:9: field sex: code 'male': equivalence None",
    ),
    "a ConceptMap with two targets": (
        {"m.yaml": MAP, "sex.json": concept_map({"code": MALE, "target": [M, {**M, "code": "X"}]})},
        "sex.json:13: field sex: code 'male' has several targets: 'M', 'X'",
    ),
    "a ConceptMap with another map": (
        {"m.yaml": MAP, "sex.json": concept_map({"code": MALE, "target": [M]}, unmapped={"mode": "other-map"})},
        "sex.json:17: field sex: unmapped.mode 'other-map'",
    ),
    "a view without a name": ({"v.json": view(name=None)}, "v.json:3: ViewDefinition.name: "),
    "a view whose name is none": (
        {"v.json": view(name="My View")},
        "v.json:3: ViewDefinition.name: 'My View' cannot be the name of a collection",
    ),
    "a view of the gateway's": ({"v.json": view(name="feed")}, "v.json:3: the collection feed belongs to"),
    "a view of no resource": ({"v.json": view(resource="Patiant")}, "v.json:4: ViewDefinition.resource"),
    "a view with a wrong path": ({"v.json": view(select=column("nam.family"))}, "v.json:9: .*did you mean name"),
    "a view with a name of JSON": ({"v.json": view(select=column("deceasedBoolean"))}, "v.json:9: .*deceased.ofType"),
    "a view with an unknown word": (
        {"v.json": view(select=column("id", typ="string"))},
        "v.json:11: .*typ is not known",
    ),
    "a view with two columns alike": (
        {"v.json": view(select=[*column("id", "a"), *column("gender", "a")])},
        "v.json:18: .*two columns a",
    ),
    "a view with a condition that is none": (
        {"v.json": view(where=[{"path": "gender"}])},
        "v.json:17: .*needs a Boolean",
    ),
    "a view with an unknown constant": (
        {"v.json": view(where=[{"path": "gender = %x"}])},
        "v.json:17: .*no constant x",
    ),
    "a view with a comma too many": ({"v.json": view()[:-2] + ",\n}"}, "v.json:15: Not valid JSON"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_every_fault_leads_to_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    files, expected = BROKEN[fault]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=f"^{expected}") as refused:
        Mappings.load(tmp_path)
    assert refused.value.text in [str(finding) for finding in lint(tmp_path) if finding.severity == "error"]


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + PLAIN.encode(), PLAIN.replace("\n", "\r\n").encode()], ids=["mark", "returns"]
)
def test_what_other_editors_write_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.yaml").write_bytes(content)
    assert Mappings.load(tmp_path).collections == {"things": "Patient"}
    assert lint(tmp_path) == []


def test_a_link_to_nowhere_is_no_file_left_out(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match=r"m\.yaml: cannot be read"):
        Mappings.load(tmp_path)


def test_a_conflict_between_files_is_told_beside_the_faults_of_others(tmp_path: Path) -> None:
    for name, text in {"a.yaml": PLAIN, "b.yaml": PLAIN, "c.yaml": "hello"}.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert [finding.line for finding in lint(tmp_path)] == [1, 1]
