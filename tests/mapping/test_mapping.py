"""Whatever arrives, a mapping gives a document: real payloads, broken ones, and anything hypothesis can think of."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from tests.mapping.support import corpus

ROOT = Path(__file__).parents[2]
GOLDEN = [fhir_json.parse(file.read_bytes()) for file in sorted(ROOT.glob("mappings/golden/*.fhir.json"))]


@cache
def mappings() -> Mappings:
    return Mappings.load(ROOT / "mappings")


def complaints(resource: dict[str, Any]) -> list[str]:
    [projection] = mappings().get(resource)
    return [note["reason"] for note in projection.document.get("unmapped", [])]


def test_every_resource_of_the_corpus_gets_a_document(shared: Path) -> None:
    count = 0
    for resource in corpus(shared):
        assert not [reason for reason in complaints(resource) if reason.startswith("could not be read")]
        count += 1
    assert count > 21_000


def test_the_bytes_of_a_resource_are_not_touched_by_mapping_it(shared: Path) -> None:
    for resource in corpus(shared):
        before = fhir_json.dump(resource)
        mappings().get(resource)
        assert fhir_json.dump(resource) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=3) | st.just("2020-13"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "coding", "x"]), inner),
    max_leaves=6,
)


@st.composite
def disturbed(draw: st.DrawFn) -> dict[str, Any]:
    """A golden resource in which some elements, at any depth, are replaced by arbitrary JSON."""

    def copy(node: Any, depth: int) -> Any:
        if depth and draw(st.integers(0, 12)) == 0:
            return draw(JSON)
        if isinstance(node, dict):
            return {key: node[key] if key == "resourceType" else copy(node[key], depth + 1) for key in node}
        return [copy(item, depth + 1) for item in node] if isinstance(node, list) else node

    resource: dict[str, Any] = copy(draw(st.sampled_from(GOLDEN)), 0)
    return resource


@settings(max_examples=400, deadline=None)
@given(disturbed())
def test_no_content_is_beyond_the_types(resource: dict[str, Any]) -> None:
    assert not [reason for reason in complaints(resource) if reason.startswith("could not be read")]


@settings(max_examples=100, deadline=None)
@given(disturbed())
def test_the_trace_reads_what_the_mapping_reads(resource: dict[str, Any]) -> None:
    [projection] = mappings().get(resource)
    traced = {reading.field: reading.value for reading in mappings().trace(resource) if reading.value is not None}
    document = {
        name: value for name, value in projection.document.items() if name not in ("_id", "unmapped", "quality")
    }
    assert {name: value for name, value in traced.items() if name in document} == document


def test_a_resource_without_an_id_is_mapped_too() -> None:
    [projection] = mappings().get({"resourceType": "Patient"})
    assert projection.document == {}


@pytest.mark.parametrize("resource", [{}, {"resourceType": None}, {"resourceType": ["Patient"]}, {"resourceType": "x"}])
def test_what_is_no_resource_has_no_document(resource: dict[str, Any]) -> None:
    assert mappings().get(resource) == ()
