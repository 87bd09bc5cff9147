"""The words of a resource, however large it is."""

import itertools
from typing import Any

import bson
import pytest

from gateway.search.indexing.text_document import text_document

LARGEST = 16 * 1024 * 1024


def patient(texts: list[str], narrative: str = "") -> dict[str, Any]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{narrative}</div>'
    return {"resourceType": "Patient", "name": [{"text": text} for text in texts], "text": {"div": div}}


def distinct(letters: str, count: int) -> str:
    return " ".join("".join(word) for word in itertools.islice(itertools.product(letters, repeat=4), count))


@pytest.mark.parametrize(
    "text",
    [
        distinct("abcdefghijklmnopqrstuvwxyz", 190_000),
        distinct("აბგდევზთიკლმნოპჟრსტუფქღყშჩც", 190_000),
        "\ufdfa " * 400_000,  # one character that is written out as eighteen
        "\ufdfa" * 900_000,
        "x" * 900_000,
    ],
    ids=["latin", "georgian", "expanding words", "one expanding word", "one long word"],
)
def test_the_words_of_one_resource_fit_into_one_document(text: str) -> None:
    found = text_document(patient([text], narrative=text))
    assert found["w"] and len(bson.encode({"_id": "Patient/p", "t": "Patient", **found})) < LARGEST * 3 // 4


def test_the_first_words_are_kept() -> None:
    found = text_document(patient(["first " + distinct("აბგდევზთიკლმნოპჟრსტუფქღყშჩც", 240_000)]))
    assert "content|first" in found["w"] and found["w"] == sorted(found["w"])


def test_nothing_is_left_out_of_an_ordinary_one() -> None:
    found = text_document(patient(["Eva  Muster"], narrative="<p>bo<b>ne</b></p>"))
    assert found["w"] == ["content|bone", "content|eva", "content|muster", "text|bone"]
    assert (found["n"], found["c"]) == (" bone ", " eva muster \n bone ")
