"""The pages about mappings are a contract: the example runs, and every word, type and function is described."""

import json
import re
from pathlib import Path

import pytest

from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.mapping.definition.load import WORDS
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.types import TYPES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "mapping-language.md").read_text("utf-8")
EXAMPLE = (DOCS / "how-to" / "add-a-mapping.md").read_text("utf-8")
YAML, RESOURCE, DOCUMENT = re.findall(r"```(?:yaml|json)\n(.*?)```", EXAMPLE, re.DOTALL)


def test_the_worked_example_gives_the_document_shown(tmp_path: Path) -> None:
    (tmp_path / "encounter.yaml").write_text(YAML, "utf-8")
    [projection] = Mappings.load(tmp_path).get(fhir_json.parse(RESOURCE))
    assert projection.collection == "encounters"
    assert json.loads(fhir_json.dump(projection.document)) == json.loads(DOCUMENT)


@pytest.mark.parametrize("word", [*WORDS, *TYPES, *FUNCTIONS])
def test_every_word_of_the_language_has_its_row(word: str) -> None:
    assert f"| `{word}` |" in PAGE


def test_no_row_describes_a_word_that_does_not_exist() -> None:
    described = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert described == {*WORDS, *TYPES, *FUNCTIONS}
