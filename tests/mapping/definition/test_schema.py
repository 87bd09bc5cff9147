"""The JSON Schema of the language lets through what loads, and complains of what does not as far as a schema can."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.errors import ConfigurationError
from gateway.mapping.definition.schema import schema, shipped
from tests.mapping.definition.test_load import WRONG_FIELDS
from tests.mapping.support import HEAD, load
from tests.mapping.test_docs import YAML

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(shipped())
VALIDATOR = Draft202012Validator(SCHEMA)

# Only the loader knows the elements of FHIR, and the files beside a mapping.
BEYOND_A_SCHEMA = {
    "no FHIRPath",
    "an unknown element",
    "an unknown FHIRPath function",
    "a type that cannot read the path",
    "a type that cannot read every choice",
    "fields of something without elements",
    "a wrong path below",
    "a default of the wrong type",
    "a code map that is not there",
}


class Yaml12(yaml.SafeLoader):
    """As editors read it: only true and false are booleans."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the name is PyYAML's
        first: [(tag, shape) for tag, shape in found if not tag.endswith(":bool")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), ["t", "f"])


def errors(text: str) -> list[str]:
    content = yaml.load(text, Yaml12)
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(content)]


def test_the_shipped_schema_is_what_the_language_is_today() -> None:
    page = (ROOT / "docs" / "reference" / "mapping-language.md").read_text("utf-8")
    assert schema(page) == SCHEMA, "run tools/generate_mapping_schema.py"


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(ROOT.glob("mappings/*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_mappings_are_valid(file: Path) -> None:
    assert errors(file.read_text("utf-8")) == []
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text("utf-8"))
    assert named and (file.parent / named[1]).resolve() == ROOT / "gateway" / "mapping" / "schema.json"
    assert (file.parent / named[1]).exists()


def test_the_example_of_the_page_is_valid() -> None:
    assert errors(YAML) == []


@pytest.mark.parametrize("fault", WRONG_FIELDS)
def test_a_wrong_field_is_complained_of(fault: str) -> None:
    text = HEAD.format(type="Patient") + f"  wrong: {WRONG_FIELDS[fault][0]}\n"
    assert bool(errors(text)) == (fault not in BEYOND_A_SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "collection: c\nfields: {a: {path: id, type: text}}",
        "resource: Patiant\ncollection: c\nfields: {a: {path: id, type: text}}",
        "resource: Patient\ncollection: $c\nfields: {a: {path: id, type: text}}",
        "resource: Patient\ncollection: c\ncolour: red\nfields: {a: {path: id, type: text}}",
        "resource: Patient\ncollection: c\nfields: {fhir: {path: id, type: text}}",
        "resource: Patient\ncollection: c\nfields: {A: {path: id, type: text}}",
        "- resource",
    ],
)
def test_a_wrong_file_is_complained_of(text: str) -> None:
    assert errors(text)


RIGHT = [
    "{path: gender, type: code, codes: {male: M, NO: 1}, uncovered: default, default: X}",
    "{path: gender, type: code, codes: sex.csv, uncovered: keep}",
    "{path: managingOrganization, type: key, to: Organization, read-only: true}",
    "{path: birthDate, type: date, function: start, read-only: true}",
    "{fields: {sex: {path: gender, type: code}}}",
    "{path: identifier, type: token, list: true, function: distinct, read-only: true}",
]


@pytest.mark.parametrize("field", RIGHT)
def test_a_right_field_is_let_through(tmp_path: Path, field: str) -> None:
    tmp_path.joinpath("sex.csv").write_text("from,to\nmale,M\n", "utf-8")
    load(tmp_path, f"right: {field}")
    assert errors(HEAD.format(type="Patient") + f"  right: {field}\n") == []


def _described(node: Any) -> bool:
    return bool(node.get("description")) and all(node.get("enumDescriptions", ["x"]))


def test_every_word_tells_editors_what_it_is_for() -> None:
    words = SCHEMA["$defs"]["field"]["properties"]
    assert all(map(_described, words.values()))
    assert (
        "CodeableConcept" in dict(zip(words["type"]["enum"], words["type"]["enumDescriptions"], strict=True))["concept"]
    )


def test_what_the_loader_lets_through_beyond_the_schema_it_refuses_itself(tmp_path: Path) -> None:
    for fault in BEYOND_A_SCHEMA:
        with pytest.raises(ConfigurationError):
            load(tmp_path, f"wrong: {WRONG_FIELDS[fault][0]}")
