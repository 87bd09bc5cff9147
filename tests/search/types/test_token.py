"""Tokens: https://hl7.org/fhir/R4/search.html#token"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import Context
from gateway.search.definitions.definition import MIME
from gateway.search.definitions.parameters import Parameter
from gateway.search.types import token

CODE = Parameter("code", "token", "", stored=("code",))
STATUS = replace(CODE, system="http://hl7.org/status", uncoded=True)


class Animals:
    """A terminology of three codes."""

    def members(self, value_set: str) -> Sequence[tuple[str, str]]:
        return {"http://x/animals": [("http://x", "cat"), ("http://x", "a|b")], "http://x/empty": []}[value_set]

    def below(self, system: str, code: str) -> Sequence[str]:
        return {("http://x", "animal"): ["animal", "cat"], ("http://hl7.org/status", "done"): ["done"]}[system, code]

    def above(self, system: str, code: str) -> Sequence[str]:
        return {("http://x", "cat"): ["cat", "animal"]}[system, code]


def where(value: str, modifier: str | None = None, parameter: Parameter = CODE) -> dict[str, Any]:
    return token.where("code", parameter, modifier, value, Context(terms=Animals()))


@pytest.mark.parametrize(
    ("kind", "value", "tokens"),
    [
        ("Coding", {"system": "http://x", "code": "a"}, ["code|a|http://x"]),
        ("Coding", {"code": " a "}, ["code|a|"]),
        ("Coding", {"system": "http://x"}, []),
        (
            "CodeableConcept",
            {"coding": [{"code": "a", "system": "s"}, {"code": "b"}], "text": "x"},
            ["code|a|s", "code|b|"],
        ),
        ("CodeableConcept", {"text": "x"}, []),
        ("Identifier", {"system": "urn:x", "value": "1|2"}, ["code|1\x1f2|urn:x"]),
        ("ContactPoint", {"system": "phone", "value": "555"}, ["code|555|"]),
        ("boolean", True, ["code|true|"]),
        ("boolean", False, ["code|false|"]),
        ("code", "final", ["code|final|"]),
        ("string", "ABC", ["code|abc|", "code|ABC|"]),
        ("string", "abc", ["code|abc|"]),
        ("Period", {"start": "2024"}, []),
    ],
)
def test_a_value_has_the_tokens_of_its_codes(kind: str, value: Any, tokens: list[str]) -> None:
    assert token.index("code", kind, value) == tokens


def test_an_identifier_with_a_type_is_found_by_both_together() -> None:
    type_ = {"coding": [{"system": "http://t", "code": "MR"}, {"code": "X"}]}
    assert token.index("identifier", "Identifier", {"system": "s", "value": "12", "type": type_}) == [
        "identifier|12|s",
        "identifier:of-type|12|MR|http://t",
        "identifier:of-type|12|X|",
    ]


@pytest.mark.parametrize("type_", [None, "MR", {"text": "x"}, {"coding": []}])
def test_an_identifier_whose_type_has_no_code_has_its_value_alone(type_: Any) -> None:
    assert token.index("identifier", "Identifier", {"value": "12", "type": type_}) == ["identifier|12|"]


@pytest.mark.parametrize(
    ("kind", "value", "texts"),
    [
        ("CodeableConcept", {"text": "Blood", "coding": [{"display": "BP"}, {"code": "x"}]}, ["Blood", "BP"]),
        ("Coding", {"display": "BP"}, ["BP"]),
        ("Identifier", {"type": {"text": "Passport"}}, ["Passport"]),
        ("Identifier", {"value": "1"}, []),
        ("code", "final", []),
        ("CodeableConcept", {"text": 5, "coding": None}, []),
    ],
)
def test_the_texts_of_a_value_are_text_and_display(kind: str, value: Any, texts: list[str]) -> None:
    assert token.texts(kind, value) == texts


def starts(prefix: str, **more: str) -> dict[str, Any]:
    return {"k": {"$elemMatch": {"$gte": prefix, "$lt": f"{prefix}\U0010ffff", **more}}}


def test_a_code_alone_is_found_in_every_system() -> None:
    assert where("a") == starts("code|a|")


def test_a_code_of_an_element_without_systems_is_one_token() -> None:
    assert where("final", parameter=STATUS) == {"k": "code|final|"}


def test_a_code_in_a_system_is_one_token() -> None:
    assert where("http://x|a") == {"k": "code|a|http://x"}


def test_a_code_in_no_system_is_one_token() -> None:
    assert where("|a") == {"k": "code|a|"}


def test_the_implied_system_of_a_plain_code_need_not_be_stored() -> None:
    tokens = ["code|done|http://hl7.org/status", "code|done|"]
    assert where("http://hl7.org/status|done", parameter=STATUS) == {"k": {"$in": tokens}}


def test_a_system_alone_is_found_with_any_code() -> None:
    assert where("http://x.y|") == starts("code|", **{"$regex": r"^[^|]*\|[^|]+\|http://x\.y$"})
    assert where("http://hl7.org/status|", parameter=STATUS) == starts("code|")


def test_case_counts_unless_the_elements_are_strings() -> None:
    assert where("|aB") == {"k": "code|aB|"}
    assert where("|aB", parameter=replace(CODE, caseless=True)) == {"k": "code|ab|"}


def test_an_escaped_bar_belongs_to_the_code() -> None:
    assert where("http://x|a\\|b") == {"k": "code|a\x1fb|http://x"}


def test_of_type_asks_for_type_and_value_together() -> None:
    assert where("http://t|MR|12", "of-type") == {"k": "code:of-type|12|MR|http://t"}


@pytest.mark.parametrize(("value", "modifier"), [("a|b|c", None), ("|", None), ("", None), ("t|MR", "of-type")])
def test_another_number_of_parts_is_refused(value: str, modifier: str | None) -> None:
    with pytest.raises(BadRequest, match=r"'code'"):
        where(value, modifier)


@pytest.mark.parametrize("value", ["t||12", "|MR|12", "t|MR|"])
def test_of_type_needs_all_three_parts(value: str) -> None:
    with pytest.raises(BadRequest, match=r"system\|code\|value"):
        where(value, "of-type")


def test_in_lists_the_members_of_a_value_set() -> None:
    assert where("http://x/animals", "in") == {"k": {"$in": ["code|cat|http://x", "code|a\x1fb|http://x"]}}
    assert where(" http://x/animals ", "not-in") == where("http://x/animals", "in")


def test_nothing_is_in_an_empty_value_set() -> None:
    assert where("http://x/empty", "in") == {"k": {"$in": []}}


def test_above_and_below_list_the_codes_of_the_hierarchy() -> None:
    assert where("http://x|animal", "below") == {"k": {"$in": ["code|animal|http://x", "code|cat|http://x"]}}
    assert where("http://x|cat", "above") == {"k": {"$in": ["code|cat|http://x", "code|animal|http://x"]}}


def test_a_hierarchy_without_a_system_is_that_of_the_element() -> None:
    assert where("done", "below", STATUS) == where("http://hl7.org/status|done", parameter=STATUS)


@pytest.mark.parametrize("value", ["cat", "|cat", "http://x|", "a|b|c"])
def test_a_hierarchy_needs_a_system_and_a_code(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'code:below' needs a value like"):
        where(value, "below")


def test_a_mime_type_is_below_another_by_its_beginning() -> None:
    mime = replace(CODE, system=MIME)
    assert where("text/xml", "below", mime) == starts("code|text/xml", **{"$regex": r"^code\|text/xml[ ;|]"})


def test_any_token_of_the_name_says_that_there_is_a_value() -> None:
    assert token.present("code", CODE) == starts("code|")
