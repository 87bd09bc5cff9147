"""Strings: https://hl7.org/fhir/R4/search.html#string"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import string

TITLE = Parameter("title", "string", "", stored=("title",))


def where(value: str, modifier: str | None = None, name: str = "title") -> dict[str, Any]:
    return string.where(name, TITLE, modifier, value, NO_CONTEXT)


def test_a_text_is_indexed_folded_and_as_written() -> None:
    assert string.index("title", "string", "  Über  Uns ") == ["title|uber uns|  Über  Uns "]


def test_the_parts_of_a_name_are_entries() -> None:
    name = {"family": "Müller", "given": ["Anna", "Lena"], "prefix": ["Dr."], "suffix": ["Jr."], "text": "Anna Müller"}
    assert string.index("name", "HumanName", name) == [
        "name|muller|Müller",
        "name|anna|Anna",
        "name|lena|Lena",
        "name|dr|Dr.",
        "name|jr|Jr.",
        "name|anna muller|Anna Müller",
    ]


def test_the_parts_of_an_address_are_entries() -> None:
    address = {"line": ["Am Weg 1"], "city": "Köln", "postalCode": "50667", "country": "DE", "use": "home"}
    assert string.index("address", "Address", address) == [
        "address|am weg 1|Am Weg 1",
        "address|koln|Köln",
        "address|50667|50667",
        "address|de|DE",
    ]


@pytest.mark.parametrize(
    ("family", "later"),
    [
        ("Carreno Quinones", ["family:part|quinones|"]),
        ("Müller-Lüdenscheidt", ["family:part|ludenscheidt|"]),
        ("de la Cruz", ["family:part|la cruz|", "family:part|cruz|"]),
        ("Smith", []),
        ("Smith - ", []),
    ],
)
def test_a_family_name_is_found_by_its_later_parts(family: str, later: list[str]) -> None:
    assert [token for token in string.index("family", "string", family) if ":part" in token] == later


def test_only_family_names_have_parts() -> None:
    assert string.index("title", "string", "one two") == ["title|one two|one two"]
    assert "name:part|b|" in string.index("name", "HumanName", {"family": "a b"})
    assert "name:part|b|" not in string.index("name", "HumanName", {"given": ["a b"]})


@pytest.mark.parametrize("value", ["", "   "])
def test_a_blank_text_has_no_entry(value: str) -> None:
    assert string.index("title", "string", value) == []


def test_a_name_of_odd_elements_has_no_entries() -> None:
    assert string.index("name", "HumanName", {"given": [None, 5, " "]}) == []


def test_a_long_text_is_cut_alike_in_the_index_and_in_a_search() -> None:
    text = "x" * 300
    [token] = string.index("title", "string", text)
    assert token == f"title|{'x' * 256}|{'x' * 256}"
    assert where(text, "exact") == {"k": token}


def test_a_search_finds_beginnings() -> None:
    assert where("MÜL") == {"k": {"$elemMatch": {"$gte": "title|mul", "$lt": "title|mul\U0010ffff"}}}


@pytest.mark.parametrize("name", ["name", "family"])
def test_a_family_name_is_searched_by_its_later_parts_too(name: str) -> None:
    first, later = where("cruz", name=name)["$or"]
    assert first["k"]["$elemMatch"]["$gte"] == f"{name}|cruz"
    assert later["k"]["$elemMatch"]["$gte"] == f"{name}:part|cruz"


def test_exact_is_as_written() -> None:
    assert where("Müller\\, x", "exact") == {"k": "title|muller x|Müller, x"}


def test_contains_looks_within_the_folded_text_alone() -> None:
    assert where("U.b", "contains")["k"]["$elemMatch"]["$regex"] == r"^[^|]*\|[^|]*ub"


def test_a_bar_in_a_text_cannot_end_the_token() -> None:
    assert string.index("title", "string", "a|b") == ["title|a\x1fb|a|b"]
    assert where("a\\|b", "exact") == {"k": "title|a\x1fb|a|b"}


@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_a_blank_search_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'title'.*not a text to search for"):
        where(value)


def test_punctuation_alone_is_searched_as_it_is() -> None:
    assert where("-", "exact") == {"k": "title|-|-"}


@given(st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and "\\" not in text))
def test_a_text_is_found_by_itself(text: str) -> None:
    tokens = string.index("title", "string", text)
    if where_tokens := where(text, "exact").get("k"):
        assert where_tokens in tokens
    bounds = where(text)["k"]["$elemMatch"]
    assert any(bounds["$gte"] <= token < bounds["$lt"] for token in tokens)
