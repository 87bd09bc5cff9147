"""Synthetic persons and their Patient resources."""

from datetime import timedelta
from random import Random
from uuid import NAMESPACE_URL, uuid5

import pytest

from gateway.demo.hospital.names import CULTURES
from gateway.demo.hospital.people import patient, person
from gateway.fhir.validate import validate
from tests.demo.hospital.make import ANN, NOW, somebody

JAPANESE = next(culture for culture in CULTURES if culture.language == "ja")
GREEK = next(culture for culture in CULTURES if culture.language == "el")


def test_a_record_number_is_the_letter_of_the_site_and_six_digits() -> None:
    assert (ANN.mrn, ANN.mrn_system) == ("N000007", "https://north.example/fhir/mrn")
    assert ANN.urn == f"urn:uuid:{uuid5(NAMESPACE_URL, 'https://north.example/fhir/mrn/N000007')}"


def test_the_same_seed_draws_the_same_person() -> None:
    assert person(Random("a"), "north", 1, NOW) == person(Random("a"), "north", 1, NOW)
    assert person(Random("a"), "north", 1, NOW) != person(Random("b"), "north", 1, NOW)


@pytest.mark.parametrize("seed", range(40))
def test_whoever_is_drawn_is_possible(seed: int) -> None:
    drawn = person(Random(seed), "north", seed, NOW)
    assert timedelta(days=364) < NOW.date() - drawn.birth < timedelta(days=97 * 366)
    assert drawn.died is None or (drawn.stay in ("past", "none") and NOW - timedelta(days=200) <= drawn.died < NOW)
    assert [issue for issue in validate(patient(Random(seed), drawn)) if issue.severity == "error"] == []


def test_the_first_identifier_is_the_record_number() -> None:
    made = patient(Random(1), ANN)
    assert made["identifier"][0]["value"] == "N000007"
    assert made["identifier"][0]["type"]["coding"][0]["code"] == "MR"
    assert made["communication"][0]["language"]["coding"][0]["code"] == "de"
    assert not {"deceasedDateTime", "deceasedBoolean"} & made.keys()


def test_a_dead_patient_is_said_to_be_dead() -> None:
    dead = somebody(died=NOW - timedelta(days=30))
    for seed in range(20):
        made = patient(Random(seed), dead)
        assert made.get("deceasedDateTime") == "2025-12-11T12:00:00+00:00" or made.get("deceasedBoolean") is True


def test_japanese_names_come_written_and_in_syllables_both_official() -> None:
    names = patient(Random(2), somebody(culture=JAPANESE))["name"][:2]
    assert [name["use"] for name in names] == ["official", "official"]
    assert [name["extension"][0]["valueCode"] for name in names] == ["IDE", "SYL"]


def test_other_second_forms_are_the_usual_name() -> None:
    written, romanized = patient(Random(2), somebody(culture=GREEK))["name"][:2]
    assert written["use"] == "official" and "extension" not in written
    assert romanized["use"] == "usual" and romanized["extension"][0]["valueCode"] == "ABC"
    assert romanized["family"].isascii() and not written["family"].isascii()
