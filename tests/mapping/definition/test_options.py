"""The words of a field beside its path and type."""

from pathlib import Path

import pytest

from gateway.mapping.definition import options
from gateway.mapping.definition.options import Words
from gateway.mapping.functions import FUNCTIONS
from gateway.mapping.source.file_fault import FileFault
from gateway.mapping.source.yaml_source import parse
from gateway.mapping.types import TYPES


def words(text: str) -> Words:
    return {key: value for _, key, value in parse(Path("m.yaml"), text.encode()).entries()}


def test_words_that_are_not_there_give_nothing() -> None:
    assert options.codes({}, TYPES["code"]) is options.function({}, TYPES["code"], many=False) is None
    assert options.default({}, TYPES["code"], many=False) is None and not options.read_only({})


def test_a_function_must_fit_the_field() -> None:
    found = options.function(words("function: distinct\nread-only: true"), TYPES["token"], many=True)
    assert found is FUNCTIONS["distinct"]


@pytest.mark.parametrize(
    ("text", "type_", "many", "reason"),
    [
        ("function: distict", "token", True, "unknown function 'distict'; did you mean distinct?; write one of"),
        ("function: precision", "code", False, "function precision takes date, not code"),
        ("function: distinct", "token", False, "function distinct gives a list: say `list: true`"),
        ("function: start", "date", True, "function start gives one value: leave out `list`"),
        ("function: start", "date", False, "function start has no way back to FHIR: say `read-only: true`"),
    ],
)
def test_a_function_that_does_not_fit_is_refused(text: str, type_: str, many: bool, reason: str) -> None:
    with pytest.raises(FileFault) as raised:
        options.function(words(text), TYPES[type_], many=many)
    assert raised.value.reason.startswith(reason)


def test_codes_translate_codes_and_texts_only() -> None:
    found = options.codes(words("codes: {male: M}\nuncovered: keep"), TYPES["code"])
    assert found is not None and found.translate("male") == "M" and found.translate("x") == "x"
    with pytest.raises(FileFault, match="`codes` needs the type code or text, not boolean"):
        options.codes(words("codes: {male: M}"), TYPES["boolean"])
    with pytest.raises(FileFault, match="`uncovered` needs `codes`"):
        options.codes(words("uncovered: keep"), TYPES["code"])


def test_a_list_has_no_default() -> None:
    assert options.default(words("default: x"), TYPES["text"], many=False) == "x"
    with pytest.raises(FileFault, match="a list cannot have a default: leave it out"):
        options.default(words("default: x"), TYPES["text"], many=True)
