"""Golden pairs: golden/<file>.<case>.fhir.json becomes <file>.<case>.document.json. A new case is two files."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError
from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.mapping.proofs.golden import (
    MISSING,
    DocumentDifference,
    Pair,
    compare,
    differences,
    golden_pairs,
    rendered,
)
from tests.mapping.support import load

FOLDER = Path(__file__).parents[3] / "mappings"


@cache
def shipped() -> list[Pair]:
    return golden_pairs(FOLDER, Mappings.load(FOLDER))


@pytest.mark.parametrize("pair", shipped(), ids=lambda pair: pair.name)
def test_a_resource_becomes_its_golden_document_and_comes_back(pair: Pair) -> None:
    outcome = compare(pair)
    assert outcome.differences == () and outcome.violations == () and outcome.fault == ""


def test_every_mapping_has_golden_pairs() -> None:
    cases = {pair.name.split(".")[0] for pair in shipped()}
    assert cases == {file.stem for file in FOLDER.glob("*.yaml")}


def golden(folder: Path, resource: Any, document: Any = None) -> Pair:
    mappings = load(folder, "sex: {path: gender, type: code}", "names: {path: name.given, type: text, list: true}")
    (folder / "golden").mkdir(exist_ok=True)
    (folder / "golden" / "things.case.fhir.json").write_bytes(fhir_json.dump(resource))
    if document is not None:
        (folder / "golden" / "things.case.document.json").write_bytes(fhir_json.dump(document))
    [pair] = golden_pairs(folder, mappings)
    return pair


def test_what_is_not_as_it_was_is_told_by_field(tmp_path: Path) -> None:
    pair = golden(tmp_path, {"resourceType": "Patient", "gender": "male"}, {"sex": "female", "names": ["Ann"]})
    assert compare(pair).differences == (
        DocumentDifference("sex", "female", "male"),
        DocumentDifference("names", ["Ann"], MISSING),
    )


def test_a_document_that_is_not_there_yet_is_a_fault_that_can_be_mended(tmp_path: Path) -> None:
    pair = golden(tmp_path, {"resourceType": "Patient", "gender": "male"})
    assert compare(pair).fault == "there is no things.case.document.json"
    pair.document.write_text(compare(pair).text, "utf-8")
    assert compare(pair).passed


@pytest.mark.parametrize(
    ("resource", "fault"),
    [({"resourceType": "Device"}, "a Device, but the mapping reads Patient"), ([], "must be one JSON object")],
)
def test_a_resource_that_is_none_or_another_is_a_fault(tmp_path: Path, resource: Any, fault: str) -> None:
    assert fault in compare(golden(tmp_path, resource, {})).fault


@pytest.mark.parametrize("name", ["other.case.fhir.json", "things.case.json", "things.alone.document.json"])
def test_a_file_that_belongs_to_nothing_is_refused(tmp_path: Path, name: str) -> None:
    golden(tmp_path, {"resourceType": "Patient"}, {})
    (tmp_path / "golden" / name).write_text("{}")
    with pytest.raises(ConfigurationError, match=name):
        golden_pairs(tmp_path, Mappings.load(tmp_path))


@pytest.mark.parametrize(
    ("expected", "got", "found"),
    [
        ({"n": Decimal("1.0")}, {"n": Decimal("1.00")}, [DocumentDifference("n", Decimal("1.0"), Decimal("1.00"))]),
        ({"n": 1}, {"n": True}, [DocumentDifference("n", 1, True)]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"l": [1, 2, 3]}, {"l": [0, 1, 2, 3]}, [DocumentDifference("l[0]", MISSING, 0)]),
        ({"l": [{"x": 1}, {"x": 2}]}, {"l": [{"x": 1}, {"x": 3}]}, [DocumentDifference("l[1].x", 2, 3)]),
        ({"l": [1, 2]}, {"l": [2]}, [DocumentDifference("l[0]", 1, MISSING)]),
        ({"o": {"x": 1}}, {"o": [1]}, [DocumentDifference("o", {"x": 1}, [1])]),
    ],
)
def test_documents_are_compared_field_by_field(expected: Any, got: Any, found: list[DocumentDifference]) -> None:
    assert list(differences(expected, got)) == found


TREES = st.recursive(
    st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.text(max_size=60),
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(st.text(max_size=9), inner, min_size=1),
)


@given(st.dictionaries(st.text(max_size=5), TREES, min_size=1))
def test_a_written_document_is_the_document(document: dict[str, Any]) -> None:
    assert list(differences(document, fhir_json.parse(rendered(document)))) == []


@given(TREES, TREES)
def test_there_is_a_difference_just_where_the_texts_differ(one: Any, other: Any) -> None:
    assert bool(list(differences(one, other))) == (rendered(_ordered(one)) != rendered(_ordered(other)))


def _ordered(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _ordered(tree[name]) for name in sorted(tree)}
    return [_ordered(item) for item in tree] if isinstance(tree, list) else tree
