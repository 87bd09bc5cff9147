"""Names by sound: https://hl7.org/fhir/R4/patient.html#search"""

from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.search.context import NO_CONTEXT
from gateway.search.definitions.parameters import Parameter
from gateway.search.notation.soundex import codes
from gateway.search.types import phonetic

PHONETIC = Parameter("phonetic", "phonetic", "", stored=("phonetic",))


def where(value: str) -> dict[str, Any]:
    return phonetic.where("phonetic", PHONETIC, None, value, NO_CONTEXT)


def test_every_word_of_a_name_has_the_tokens_of_its_sounds() -> None:
    name = {"family": "Meier", "given": ["Anna Lena"], "prefix": ["Dr."]}
    sounds = [code for word in ("meier", "anna", "lena") for code in codes(word)]
    assert phonetic.index("phonetic", "HumanName", name) == [f"phonetic|{code}" for code in sounds]


def test_what_an_apostrophe_joins_is_one_word() -> None:
    tokens = [f"phonetic|{code}" for code in codes("obrien")]
    assert phonetic.index("phonetic", "HumanName", {"family": "O'Brien"}) == tokens
    assert phonetic.index("phonetic", "HumanName", {"family": "O’Brien"}) == tokens


def test_a_word_in_another_script_is_kept_as_it_is() -> None:
    assert phonetic.index("phonetic", "HumanName", {"text": "山田"}) == ["phonetic|~山田"]
    assert where("山田") == {"k": "phonetic|~山田"}


@pytest.mark.parametrize("value", ["Meier", {}, {"given": [5, None]}, {"family": 5}])
def test_another_value_has_no_entry(value: Any) -> None:
    assert phonetic.index("phonetic", "HumanName", value) == []


def test_a_search_finds_all_that_sounds_alike() -> None:
    assert where("Meyer") == where("MEIER") == {"k": f"phonetic|{codes('meier')[0]}"}


def test_every_word_of_a_search_must_be_there() -> None:
    assert where("Smith Anna") == {"$and": [where("Smith"), where("Anna")]}


@pytest.mark.parametrize("value", ["", "123", "-"])
def test_a_text_without_letters_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match=r"'phonetic'.*not a name"):
        where(value)
