from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.fhir.terminology.reading import flag, needed, part, rows, shaped, text, texts

ROW: dict[str, Any] = {"text": "a", "flag": False, "part": {"b": 1}, "rows": [{"c": 2}], "texts": ["d"], "empty": ""}


def test_elements_of_the_right_type_are_returned() -> None:
    assert (text(ROW, "text"), flag(ROW, "flag"), part(ROW, "part")) == ("a", False, {"b": 1})
    assert (rows(ROW, "rows"), texts(ROW, "texts"), needed(ROW, "text")) == ([{"c": 2}], ["d"], "a")


def test_absent_elements_are_none_or_an_empty_list() -> None:
    assert text({}, "a") is flag({}, "a") is part({}, "a") is None
    assert rows({}, "a") == texts({}, "a") == []


@pytest.mark.parametrize(
    ("read", "name"),
    [(text, "flag"), (flag, "text"), (part, "rows"), (rows, "part"), (rows, "texts"), (texts, "rows"), (texts, "text")],
)
def test_another_type_is_a_type_error(read: Any, name: str) -> None:
    with pytest.raises(TypeError):
        read(ROW, name)


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_a_needed_text_that_is_absent_or_empty_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        needed(ROW, name)


def test_shaped_turns_every_fault_of_the_shape_into_a_bad_request() -> None:
    read = shaped(lambda resource: needed(resource, "url"))
    assert read({"url": "a"}) == "a"
    for resource in ({}, {"url": 3}, {"url": ""}):
        with pytest.raises(BadRequest, match="a malformed ValueSet"):
            read({"resourceType": "ValueSet", **resource})
