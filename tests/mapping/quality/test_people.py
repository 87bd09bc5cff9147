"""People who are none, names that compare, numbers that can be dialled."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality.people import fold, name_key
from tests.mapping.quality.support import read

HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


@pytest.mark.parametrize(
    ("patient", "path"),
    [
        ({"meta": {"security": [HTEST]}}, "meta.security[0]"),
        ({"meta": {"tag": [{"code": "x"}, HTEST]}}, "meta.tag[1]"),
        ({"name": [{"family": "Smith"}, {"family": "ZZTEST", "given": ["Ann"]}]}, "name[1].family"),
        ({"name": [{"family": "Smith", "given": ["Test"]}]}, "name[0].given[0]"),
        ({"name": [{"text": "Test Patient 3"}]}, "name[0].text"),
        ({"name": [{"family": "Mouse", "given": ["Mickey"]}]}, "name[0].family"),
    ],
)
def test_a_test_patient_is_told_with_its_evidence(patient: dict[str, Any], path: str) -> None:
    from gateway.mapping.types import TYPES

    notes: list[Any] = []
    assert TYPES["test_patient"].lenses["Patient"].get(patient, notes) is True
    assert [note[:2] for note in notes] == [(path, "patient.test")]


@pytest.mark.parametrize("family", ["Testa", "Tester", "Testino", "Contest", "Prueba", "Attestad", "Mouse", "Duck"])
def test_real_names_are_no_test(family: str) -> None:
    assert read("test_patient", {"name": [{"family": family, "given": ["Donna"]}]}, "Patient") == (None, [])


@pytest.mark.parametrize(
    ("family", "given", "key"),
    [
        ("O’Brien-Muñoz", "José María", "obrienmunoz|josemaria"),
        ("O'BRIEN MUNOZ", "Jose-Maria", "obrienmunoz|josemaria"),
        ("Groß", "Jürgen", "gross|jurgen"),
        ("Øster", "Bjørn", "oster|bjorn"),
    ],
)
def test_names_compare_without_marks_and_capitals(family: str, given: str, key: str) -> None:
    assert name_key({"family": family, "given": [given]}) == key


def test_half_a_name_is_no_key() -> None:
    assert name_key({"family": "Smith"}) is None and name_key({"given": ["Ann"]}) is None


APART = "ヤマダ/ヤマタ ガク/カク パン/ハン กิ/กี น้ำ/นำ कि/की Йосиф/Иосиф أحمد/احمد"
SAME = "ﾔﾏﾀﾞ/ヤマダ Müller/Muller Παπαδόπουλος/Παπαδοπουλος مُحَمَّد/محمد דָּוִד/דוד 한글/한글"


@pytest.mark.parametrize("pair", APART.split())
def test_names_that_differ_by_a_letter_stay_apart(pair: str) -> None:
    first, second = pair.split("/")
    assert fold(first) != fold(second)


@pytest.mark.parametrize("pair", SAME.split())
def test_names_that_differ_by_their_writing_are_the_same(pair: str) -> None:
    first, second = pair.split("/")
    assert fold(first) == fold(second)


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def contact(value: str, system: str = "phone", **more: str) -> dict[str, str]:
    return {"system": system, "value": value, **more}


def test_numbers_with_their_country_are_read_as_they_are() -> None:
    assert read("phone", contact("+49 30 901820"), "ContactPoint")[0] == "+4930901820"
    assert read("phone", contact("030 901820"), "ContactPoint")[0] is None
    assert read("phone", contact("a@example.org", "email"), "ContactPoint")[0] is None
    patient = {"telecom": [contact("tel:+61 3 5555 6473", use="work")]}
    assert read("phones", patient, "Patient") == ([{"value": "+61355556473", "use": "work"}], [])


def test_other_numbers_take_the_country_of_the_addresses_if_there_is_but_one() -> None:
    telecom = [contact("(03) 5555 6473"), contact("0")]
    one = {"telecom": telecom, "address": [{"country": "Australia"}, {"country": "AU"}, {"city": "Hobart"}]}
    assert read("phones", one, "Patient") == ([{"value": "+61355556473"}], ["phone.invalid"])
    for unclear in ([], [{"country": "AU"}, {"country": "NZL"}], [{"country": "Oz"}]):
        assert read("phones", {"telecom": telecom, "address": unclear}, "Patient") == (None, [])


def test_the_lines_of_an_address_stay_lines() -> None:
    text = "1 Example Street\nSpringfield, IL 60000\nUS"
    sent = {"text": text, "line": ["  Flat 1\r\n1  Example Street \n"]}
    value, rules = read("address", sent, "Address")
    assert value == {"text": text, "lines": ["Flat 1\n1 Example Street"]} and rules == ["text.control"]
    assert read("address_key", sent, "Address")[0] == {"lines": ["Flat 1", "1 Example Street"]}
    assert read("address", {"text": "\nN/A\n"}, "Address") == (None, ["text.placeholder"])


def test_an_address_is_cleaned_and_its_country_coded() -> None:
    sent = {
        "line": [" 1  Main St\r\n"],
        "city": "Springfield ",
        "state": "N/A",
        "postalCode": "k1a 0b1",
        "country": "USA",
    }
    assert read("address_key", sent, "Address")[0] == {
        "lines": ["1 Main St"],
        "city": "Springfield",
        "postal_code": "K1A 0B1",
        "country": "US",
    }
    assert read("address_key", {"country": "Georgia"}, "Address")[0] is None


def test_a_placeholder_is_no_wrong_telephone_number() -> None:
    """The contact itself says so; counted twice, wrong numbers could not be found among them."""
    for value in ("unknown", "N/A", "-"):
        assert read(
            "phones", {"telecom": [{"system": "phone", "value": value}], "address": [{"country": "US"}]}, "Patient"
        ) == (None, [])


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("555-555-5555", "phone.placeholder"),
        ("+1 (555) 123-4567", "phone.placeholder"),
        ("999-999-9999", "phone.placeholder"),
        ("000 000 0000", "phone.placeholder"),
        ("123-456-7890", "phone.placeholder"),
        ("617-253-10", "phone.invalid"),
        ("911", "phone.invalid"),
        ("(617) 555-0123", None),
    ],
)
def test_numbers_written_for_want_of_one_are_told_from_wrong_ones(value: str, rule: str | None) -> None:
    node = {"telecom": [{"system": "phone", "value": value}], "address": [{"country": "US"}]}
    assert read("phones", node, "Patient")[1] == ([rule] if rule else [])
