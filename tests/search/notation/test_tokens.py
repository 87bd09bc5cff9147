"""Index tokens and the filters on them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.notation.tokens import (
    LAST,
    NOTHING,
    Prefix,
    chosen,
    escape,
    exact,
    literal,
    prefix_of,
    starting,
    unescape,
)

TEXTS = st.text(alphabet="ab|.*$é\x00 ", max_size=8)


def test_one_token_is_an_equality_and_several_are_a_list() -> None:
    assert exact("code|a|s") == {"k": "code|a|s"}
    assert exact("code|a|s", "code|b|s") == {"k": {"$in": ["code|a|s", "code|b|s"]}}


def test_a_prefix_is_a_range_of_the_index() -> None:
    assert starting("code|a|") == {"k": {"$elemMatch": {"$gte": "code|a|", "$lt": "code|a|\U0010ffff"}}}


def test_a_pattern_narrows_the_range() -> None:
    assert starting("name|", "x$") == {"k": {"$elemMatch": {"$gte": "name|", "$lt": f"name|{LAST}", "$regex": "x$"}}}


def test_nothing_lists_no_token() -> None:
    assert NOTHING == {"k": {"$in": []}}


@given(TEXTS)
def test_unescaping_undoes_escaping(text: str) -> None:
    assert unescape(escape(text)) == text
    assert "|" not in escape(text)


@given(TEXTS, TEXTS)
def test_a_literal_pattern_finds_just_its_text(text: str, other: str) -> None:
    assert re.fullmatch(literal(text), text)
    assert (re.fullmatch(literal(text), other) is not None) == (text == other)


@given(TEXTS, TEXTS)
def test_the_range_of_a_prefix_holds_what_begins_with_it(prefix: str, token: str) -> None:
    bounds = starting(prefix)["k"]["$elemMatch"]
    assert (bounds["$gte"] <= token < bounds["$lt"]) == token.startswith(prefix)


@pytest.mark.parametrize(
    ("filter_", "prefix"),
    [
        (starting("name|smi"), "name|smi"),
        (starting("name|", "pattern"), None),
        (exact("name|smi"), None),
        (exact("a", "b"), None),
        ({"d": {"$elemMatch": {"p": "date"}}}, None),
        ({"k": {"$elemMatch": {"$gte": "a", "$lt": "b"}}}, None),
        ({**starting("name|smi"), "at": {"$lte": 1}}, None),
    ],
)
def test_the_prefix_of_a_filter_is_known_only_if_it_is_nothing_else(filter_: dict[str, object], prefix: object) -> None:
    assert prefix_of(filter_) == prefix


def test_a_prefix_as_a_value_is_a_pattern_without_wildcards() -> None:
    assert Prefix("code|a.b|").pattern == r"^code\|a\.b\|"


def test_chosen_tokens_are_those_with_one_of_the_beginnings() -> None:
    condition = chosen("subject|", "patient|")["$filter"]
    assert condition["input"] == "$k"
    assert condition["cond"] == {
        "$or": [
            {"$and": [{"$gte": ["$$one", "subject|"]}, {"$lt": ["$$one", f"subject|{LAST}"]}]},
            {"$and": [{"$gte": ["$$one", "patient|"]}, {"$lt": ["$$one", f"patient|{LAST}"]}]},
        ]
    }
