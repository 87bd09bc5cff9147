"""Units and results as hospitals, laboratories and wearables write them that no other test has."""

from typing import Any

import pytest

from gateway.mapping.quality import numbers
from gateway.mapping.quality.measure import measured, observed
from tests.mapping.quality.support import AS_SENT, concept, observation, quantity, read


@pytest.mark.parametrize(
    ("loinc", "number", "unit", "canonical"),
    [
        ("2823-3", "4.1", "mval/l", "4.1"),
        ("2823-3", "4.1", "Mmol/L", "4.1"),  # not a million moles
        ("2823-3", "4.1", "ммоль/л", "4.1"),
        ("777-3", "250", "x10(3)/uL", "250"),
        ("777-3", "250", "10\u00b3/\u00b5L", "250"),
        ("777-3", "250", "x 10\u2079/L", "250"),
        ("777-3", "250", "10\u2079/L", "250"),
        ("777-3", "250", "E9/l", "250"),
        ("777-3", "250", "Tsd/\u00b5l", "250"),
        ("777-3", "25.0", "\u4e07/\u03bcL", "250"),
        ("6690-2", "7.5", "Thous/mcL", "7.5"),
        ("6690-2", "7.5", "10e3/mcL", "7.5"),
        ("789-8", "4.5", "Mio/\u00b5l", "4.5"),
        ("789-8", "4.5", "10\u00b9\u00b2/L", "4.5"),
        ("59261-8", "48", "mmol/mol Hb", "48"),
        ("4548-4", "6.5", "% NGSP", "6.5"),
        ("59408-5", "98", "% O2", "98"),
        ("8310-5", "98.6", "\u00b0 F", "37.0"),
        ("8310-5", "37.2", "\u00baC", "37.2"),
        ("8310-5", "37.2", "c", "37.2"),
        ("29463-7", "80.0", "KG", "80.0"),
        ("29463-7", "176", "LB", "79.8"),
        ("8302-2", "178", "CM", "178"),
        ("39156-5", "25.0", "kg/(m^2)", "25.0"),
        ("98979-8", "85", "mL/min/1.73 m*2", "85"),
        ("98979-8", "85", "mL/min/1.73.m2", "85"),
        ("98979-8", "85", "ml/min/1,73m\u00b2", "85"),
        ("9318-7", "2.50", "mg/mmol creat", "22.1"),
        ("14959-1", "25", "ug/mg creat", "25"),
        ("8480-6", "120", "mm/Hg", "120"),
        ("8867-4", "72", "count/min", "72"),
        ("9279-1", "16", "rpm", "16"),
        ("4537-7", "10", "mm/1h", "10"),
    ],
)
def test_a_unit_is_read_from_its_text(loinc: str, number: str, unit: str, canonical: str) -> None:
    node = {**observation(loinc, number), "valueQuantity": quantity(number, unit=unit)}
    value, rules = read("measured", node)
    assert (str(value["number"]), value["plausible"], value["derived"]) == (canonical, True, True)
    assert "unit.spelling" in rules


@pytest.mark.parametrize(
    ("loinc", "number", "unit", "canonical"),
    [
        ("19123-9", "1.6", "meq/L", "1.94"),
        ("17861-6", "4.8", "meq/L", "9.62"),
        ("2132-9", "300", "pmol/L", "407"),
        ("2498-4", "18.0", "umol/L", "101"),
        ("16362-6", "60.0", "ug/dL", "35.2"),
        ("10839-9", "14", "ng/L", "0.014"),
        ("89579-7", "0.014", "ng/mL", "14"),
        ("22664-7", "30.0", "mg/dL", "5.00"),  # urea: 6.006 ...
        ("14937-7", "14.0", "mg/dL", "5.00"),  # ... and its nitrogen: 2.801
        ("3091-6", "5.0", "mmol/L", "30.0"),
        ("3150-0", "0.40", "{fraction}", "40"),
        ("1988-5", "1.2", "mg/dL", "12"),
    ],
)
def test_another_unit_becomes_that_of_the_code(loinc: str, number: str, unit: str, canonical: str) -> None:
    assert str(read("measured", observation(loinc, number, unit))[0]["number"]) == canonical


@pytest.mark.parametrize(
    ("loinc", "number", "unit"),
    [
        ("59260-0", "14.0", "g/dL"),  # of one haem or of four? nobody says
        ("718-7", "8.7", "mmol/L"),
        ("6301-6", "85", "%"),  # Quick
        ("5902-2", "85", "%"),
        ("2276-4", "120", "pmol/L"),
        ("33762-6", "100", "pmol/L"),
        ("8302-2", "5", "'"),
    ],
)
def test_what_has_no_one_conversion_gives_no_number(loinc: str, number: str, unit: str) -> None:
    assert read("measured", observation(loinc, number, unit)) == (None, ["unit.dimension"])


def test_feu_and_ddu_stay_apart() -> None:
    """Fibrinogen equivalents weigh about twice what D-dimer units do; UCUM alone cannot tell them apart."""
    assert read("measured", observation("48065-7", "250", "ng/mL{DDU}"))[0]["unit"] == "ng/mL{DDU}"
    feu = {**observation("48065-7", "0.5"), "valueQuantity": quantity("0.5", unit="ug/mL FEU")}
    assert read("measured", feu)[0]["unit"] == "ug/mL{FEU}"


@pytest.mark.parametrize(
    ("loinc", "text"),
    [
        ("2823-3", "HEMOLYZED"),
        ("2823-3", "see note"),
        ("2345-7", "HI"),
        ("20454-5", "Trace"),
        ("2106-3", "+"),  # a pregnancy test: positive, not one plus
        ("2106-3", "POS"),
        ("9269-2", "1:8"),
        ("72514-3", "2+"),
        ("777-3", "1,234"),
        ("85354-9", "80/120"),  # the other way round
    ],
)
def test_a_text_that_is_no_number_of_its_code_is_none(loinc: str, text: str) -> None:
    assert read("measured", {"code": concept(loinc), "valueString": text})[0] is None


@pytest.mark.parametrize("text", ["<2.0 mmol/L", "&lt;2.0 mmol/L", "\u200b<2.0\u00a0mmol/L", "\ufeff< 2.0 mmol/l"])
def test_a_number_is_read_through_what_cannot_be_seen(text: str) -> None:
    value, _ = read("measured", {"code": concept("2823-3"), "valueString": text})
    assert (str(value["number"]), value["comparator"], value["unit"]) == ("2.0", "<", "mmol/L")
    assert numbers.parse("2+") is not None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueQuantity": quantity("30", unit="IU/L")}, [("value.unit", "unit.spelling", "IU/L", "U/L")]),
        ({"valueQuantity": quantity("30", "IU/L", "units")}, [("value.code", "unit.spelling", "IU/L", "U/L")]),
        ({"valueQuantity": quantity("30")}, [("value", "unit.missing", None, None)]),
        ({"valueQuantity": quantity("30", unit="min")}, [("value.unit", "unit.dimension", "min", None)]),
        (
            {"valueQuantity": quantity("30", unit="minutes")},
            [
                ("value.unit", "unit.spelling", "minutes", "min"),
                ("value.unit", "unit.dimension", "minutes", None),
            ],
        ),
        ({"valueString": "30 furlongs"}, [("value", "unit.unknown", "furlongs", None)]),
        (
            {"valueRange": {"high": quantity("30", unit="IU/L")}},
            [("value.high.unit", "unit.spelling", "IU/L", "U/L")],
        ),
    ],
)
def test_a_finding_about_a_unit_leads_to_where_it_stands(value: dict[str, Any], expected: list[Any]) -> None:
    """The path is FHIRPath in the resource, and what was sent is found there."""
    notes: list[Any] = []
    measured(observed({"code": concept("1920-8"), **value}, AS_SENT, {}), notes)
    assert [(path, rule, *(*rest, None, None)[:2]) for path, rule, *rest in notes] == expected
