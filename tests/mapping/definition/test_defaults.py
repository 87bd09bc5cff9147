"""Defaults are read as the document will hold them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.mapping.definition.defaults import PARSERS, parse
from gateway.mapping.source import yaml_source
from gateway.mapping.source.file_fault import FileFault


def source(text: str) -> yaml_source.Source:
    return yaml_source.parse(Path("m.yaml"), text.encode())


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("no", "text", "no"),
        ("NO", "code", "NO"),
        ("1970-03", "date", "1970-03"),
        ("10:00:00", "time", "10:00:00"),
        ("true", "boolean", True),
        ("7", "integer", 7),
        ("1.50", "decimal", Decimal("1.50")),
    ],
)
def test_a_default_has_the_type_of_its_field(text: str, type_: str, value: Any) -> None:
    found = parse(source(text), type_)
    assert (found, str(found)) == (value, str(value))


@pytest.mark.parametrize(
    ("text", "type_"),
    [("x", "integer"), ("yes", "boolean"), ("1,5", "decimal"), ("soon", "date"), ("25:00:00", "time")],
)
def test_a_default_of_another_type_is_refused(text: str, type_: str) -> None:
    with pytest.raises(FileFault) as raised:
        parse(source(text), type_)
    assert raised.value.reason == f"default {text!r} is not of type {type_}"


def test_a_type_that_cannot_have_a_default_names_those_that_can() -> None:
    with pytest.raises(FileFault) as raised:
        parse(source("x"), "concept")
    assert raised.value.reason == f"type concept cannot have a default: leave it out; {', '.join(PARSERS)} can have one"
