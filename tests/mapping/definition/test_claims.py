"""No two mapping files may have the same collection or write the same resource type."""

from pathlib import Path

import pytest

from gateway.mapping.definition.claims import conflicts, is_reserved
from gateway.mapping.definition.load import load
from gateway.mapping.mapping import Mapping
from gateway.mapping.source.yaml_source import parse


def mapping(name: str, resource: str, collection: str, texts: dict[str, bytes]) -> Mapping:
    text = f"resource: {resource}\ncollection: {collection}\nfields: {{a: {{path: id, type: text}}}}\n".encode()
    texts[name] = text
    return load(parse(Path("/m") / name, text))


def told(*files: tuple[str, str, str]) -> list[str]:
    texts: dict[str, bytes] = {}
    return [fault.text for fault in conflicts([mapping(*file, texts) for file in files], texts)]


def test_files_that_share_nothing_do_not_conflict() -> None:
    assert told(("a.yaml", "Patient", "patients"), ("b.yaml", "Group", "groups")) == []


def test_a_shared_resource_type_is_told_before_a_shared_collection() -> None:
    assert told(("a.yaml", "Patient", "things"), ("b.yaml", "Patient", "things"), ("c.yaml", "Group", "things")) == [
        "/m/b.yaml:1: Patient is mapped in /m/a.yaml already",
        "/m/c.yaml:2: things is mapped in /m/a.yaml already",
    ]


def test_a_collection_of_the_gateway_is_told_at_its_line() -> None:
    assert told(("a.yaml", "Patient", "feed")) == [
        "/m/a.yaml:2: the collection feed belongs to the gateway itself: write another name"
    ]


@pytest.mark.parametrize(("name", "reserved"), [("words_2", True), ("codes", True), ("words", False), ("x", False)])
def test_the_collections_of_words_are_reserved_whatever_their_version(name: str, reserved: bool) -> None:
    assert is_reserved(name) == reserved
