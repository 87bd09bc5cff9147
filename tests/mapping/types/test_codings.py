"""Concepts keep all codings; tokens are what queries compare."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.values.lens import Unreadable
from tests.mapping.types.support import findings, read, refusal, write


@pytest.mark.parametrize(
    ("fhir", "sent", "token"),
    [
        ("Coding", {"system": "s", "code": "c", "display": "d"}, "s|c"),
        ("Coding", {"code": "c"}, "|c"),
        ("Coding", {"system": "s", "display": "d"}, None),
        ("Identifier", {"system": "s", "value": "  Z6127"}, "s|Z6127"),
        ("Identifier", {"type": {"text": "x"}}, None),
    ],
)
def test_a_token_is_what_queries_compare(fhir: str, sent: Any, token: str | None) -> None:
    assert read("token", fhir, sent) == token


@pytest.mark.parametrize("sent", ["x", {"code": 1}, {"code": "c", "system": {}}])
def test_a_token_of_something_else_is_refused(sent: Any) -> None:
    with pytest.raises(Unreadable):
        findings("token", "Coding", sent)


def test_a_token_is_written_without_the_display_of_the_old_one() -> None:
    assert write("token", "Coding", "s|c", {"system": "s", "code": "old", "display": "d"}) == {
        "system": "s",
        "code": "c",
    }
    assert write("token", "Coding", "|c") == {"code": "c"}
    assert write("token", "Identifier", "urn:a|b|1") == {"system": "urn:a|b", "value": "1"}


@pytest.mark.parametrize("value", ["c", "s|", "s| c", 1, None])
def test_what_is_not_a_token_cannot_be_written(value: Any) -> None:
    assert refusal("token", "Coding", value).startswith(": must be text of the form system|code")


@given(st.text("abc:/.", max_size=8), st.text("abc-1", min_size=1, max_size=8))
def test_a_token_is_read_as_it_was_written(system: str, code: str) -> None:
    assert read("token", "Coding", write("token", "Coding", f"{system}|{code}")) == f"{system}|{code}"


def test_an_edited_coding_keeps_its_id_and_its_extensions() -> None:
    raw = {"coding": [{"id": "c1", "system": "s", "code": "a", "extension": [{"url": "urn:x"}]}], "text": "t"}
    value = {"codings": [{"system": "s", "code": "b"}], "text": "t"}
    assert write("concept", "CodeableConcept", value, raw)["coding"] == [
        {"id": "c1", "system": "s", "code": "b", "extension": [{"url": "urn:x"}]}
    ]
