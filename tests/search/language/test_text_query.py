"""The language of `_text` and `_content` (https://hl7.org/fhir/R4/search.html#text)."""

from typing import Any

import pytest

from gateway.errors import BadRequest, NotSupported
from gateway.search.definitions.parameters import parameters
from gateway.search.language.text_query import parse_code_text, parse_text
from gateway.search.tree.clauses import Words

TEXT, CONTENT, CODE = (parameters("Observation")[name] for name in ("_text", "_content", "code"))


def word(text: str) -> dict[str, Any]:
    return {"w": f"text|{text}"}


def parsed(text: str) -> Words:
    return parse_text(TEXT, "", text)


BONE, LIVER, METASTASES = word("bone"), word("liver"), word("metastases")


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("bone", BONE),
        ("BÖNE", BONE),
        ("met*", {"w": {"$regex": r"^text\|met"}}),
        ("bone liver", {"$and": [LIVER, BONE]}),
        ("bone and liver", {"$and": [LIVER, BONE]}),
        ("bone AND metastases", {"$and": [METASTASES, BONE]}),
        ("bone or liver", {"$or": [BONE, LIVER]}),
        ("bone, liver", {"$or": [BONE, LIVER]}),
        ("bone\\,liver", {"$and": [LIVER, BONE]}),
        ("not bone", {"$nor": [BONE]}),
        ("not not bone", {"$nor": [{"$nor": [BONE]}]}),
        ("liver not bone", {"$and": [LIVER, {"$nor": [BONE]}]}),
        ("(bone or liver) metastases", {"$and": [METASTASES, {"$or": [BONE, LIVER]}]}),
        ("bone or liver, metastases", {"$or": [{"$or": [BONE, LIVER]}, METASTASES]}),
        ("bone or liver metastases", {"$or": [BONE, {"$and": [METASTASES, LIVER]}]}),
        ('"bone metastases"', {"$and": [METASTASES, BONE, {"n": {"$regex": " bone metastases "}}]}),
        ("bone-metastases", {"$and": [METASTASES, BONE, {"n": {"$regex": " bone metastases "}}]}),
        (
            "bone-met*",
            {"$and": [BONE, {"w": {"$regex": r"^text\|met"}}, {"n": {"$regex": " bone met"}}]},
        ),
        ("胃癌", {"$and": [word("胃"), word("癌"), {"n": {"$regex": " 胃 癌 "}}]}),
    ],
)
def test_a_query_is_a_filter_of_the_text_index(text: str, filter_: dict[str, Any]) -> None:
    assert parsed(text).filter == filter_


@pytest.mark.parametrize(
    ("text", "broad"),
    [
        ("bone", False),
        ("not bone", True),
        ("liver not bone", False),
        ("liver or not bone", True),
        ("not bone and not liver", True),
        ("(not bone) liver", False),
    ],
)
def test_a_query_for_what_is_not_there_is_broad(text: str, broad: bool) -> None:
    assert parsed(text).broad is broad


def test_content_is_all_text() -> None:
    filter_ = parse_text(CONTENT, "", '"bone met"').filter
    assert filter_ == {"$and": [{"w": "content|bone"}, {"w": "content|met"}, {"c": {"$regex": " bone met "}}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(", "a word is expected"),
        ("()", "a word is expected"),
        ("bone)", "nothing after '\\)' is expected"),
        ("(bone", "'\\)' is expected"),
        ("and", "a word is expected"),
        ("bone or", "a word is expected"),
        ("bone,", "a word is expected"),
        ("not", "a word is expected"),
        ("*", "a word of letters or digits is expected"),
        ('"-"', "a word of letters or digits is expected"),
        ("(" * 30 + "x" + ")" * 30, "fewer brackets within brackets are expected"),
        ("bone " * 65, "at most 64 words are expected"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_expected(text: str, expected: str) -> None:
    with pytest.raises(BadRequest, match=f"'_text': {expected}"):
        parsed(text)


def test_text_has_no_modifiers() -> None:
    with pytest.raises(NotSupported, match="does not support the modifier ':exact'"):
        parse_text(TEXT, "exact", "x")


def test_a_text_of_a_code_is_found_by_its_words_from_any_on() -> None:
    words = parse_code_text(CODE, ["Blood  PRESSURE", "pulse"])
    assert words == Words({"$or": [{"w": {"$regex": rf"^code:text\|{text}"}} for text in ("blood pressure", "pulse")]})


def test_a_parameter_of_several_elements_is_searched_in_each() -> None:
    words = parse_code_text(parameters("Observation")["combo-code"], ["x"])
    patterns = {one["w"]["$regex"] for one in words.filter["$or"]}
    assert patterns == {r"^code:text\|x", r"^component\-code:text\|x"}


def test_a_text_of_a_code_needs_a_word() -> None:
    with pytest.raises(BadRequest, match="'code:text': '-' holds no word"):
        parse_code_text(CODE, ["-"])
