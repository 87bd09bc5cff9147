"""The fast path reads what reading by the path does, or says that it is unsure."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.definition.load import load
from gateway.mapping.reading.fast_path import UNSURE
from gateway.mapping.reading.field import Field
from gateway.mapping.source.yaml_source import parse
from gateway.mapping.values.lens import NodeCache, Notes


def field(words: str, type_: str = "Patient") -> Field:
    text = f"resource: {type_}\ncollection: c\nfields: {{a: {{{words}}}}}\n"
    return load(parse(Path("m.yaml"), text.encode())).record.fields[0]


def fast(words: str, node: dict[str, Any], type_: str = "Patient") -> Any:
    fast_path = field(words, type_).fast_path
    assert fast_path is not None
    return fast_path(node, [], {})


@pytest.mark.parametrize(
    ("words", "node", "value"),
    [
        ("path: gender, type: code", {"gender": "male"}, "male"),
        ("path: name.family, type: text", {"name": [{"family": "Kin"}]}, "Kin"),
        ("path: name.given, type: text, list: true", {"name": [{"given": ["A"]}, {"given": ["B"]}]}, ["A", "B"]),
        ("path: identifier, type: token, list: true", {"identifier": [{"value": "1"}, {}]}, ["|1"]),
        ("path: name.family, type: text", {}, None),
        ("path: identifier, type: token, list: true, function: distinct, read-only: true",
         {"identifier": [{"value": "1"}, {"value": "1 "}]}, ["|1"]),
    ],
)  # fmt: skip
def test_usual_content_is_read(words: str, node: dict[str, Any], value: Any) -> None:
    assert fast(words, node) == value


@pytest.mark.parametrize(
    ("words", "node"),
    [
        ("path: gender, type: code", {}),
        ("path: gender, type: code", {"gender": 7}),
        ("path: gender, type: code", {"gender": ""}),
        ("path: name.family, type: text", {"name": [{"family": "A"}, {"family": "B"}]}),
        ("path: name.family, type: text", {"name": {"family": 7}}),
        ("path: name.given, type: text, list: true", {"name": [{"given": [None, "B"]}]}),
        ("path: identifier, type: token, list: true", {"identifier": {"value": "1"}}),
    ],
)
def test_odd_content_is_left_to_the_path_and_leaves_no_notes(words: str, node: dict[str, Any]) -> None:
    notes: Notes = []
    fast_path = field(words).fast_path
    assert fast_path is not None and fast_path(node, notes, {}) is UNSURE and notes == []


def test_a_choice_needs_exactly_one_of_its_types() -> None:
    words = "path: effective, type: when"
    assert fast(words, {"effectiveDateTime": "2020"}, "Observation")["kind"] == "moment"
    assert fast(words, {}, "Observation") is UNSURE
    assert fast(words, {"effectiveDateTime": "2020", "effectiveInstant": "2020"}, "Observation") is UNSURE


@pytest.mark.parametrize(
    "words", ["path: name.where(use='old').family, type: text", "path: name.first().family, type: text"]
)
def test_a_path_with_conditions_has_no_fast_path(words: str) -> None:
    assert field(words).fast_path is None


VALUES = st.sampled_from(["A", "", 7, None, ["A"], ["A", None], {"family": "A"}, [{"family": "A"}],
                          [{"given": ["A", "B"]}], [{"given": "A"}], [{"family": "A"}, {"family": "B"}]])  # fmt: skip
FIELDS = [
    field(words)
    for words in (
        "path: gender, type: code",
        "path: name.family, type: text",
        "path: name.given, type: text, list: true",
        "path: name, type: name, list: true",
    )
]


@given(st.dictionaries(st.sampled_from(["gender", "name"]), VALUES), st.sampled_from(FIELDS))
def test_a_sure_fast_path_gives_what_the_path_gives(node: dict[str, Any], rule: Field) -> None:
    def read(by_path: bool) -> tuple[Any, Notes]:
        notes: Notes = []
        cache: NodeCache = {}
        if by_path:
            return rule.read_by_path(node, notes, cache), notes
        assert rule.fast_path is not None
        return rule.fast_path(node, notes, cache), notes

    value, notes = read(by_path=False)
    if value is not UNSURE:
        assert (value, notes) == read(by_path=True)
