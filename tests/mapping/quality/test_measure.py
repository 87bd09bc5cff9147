"""One number in the one unit of its code, or none: never a guess."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.quality import numbers
from gateway.mapping.quality.facts import facts
from tests.mapping.quality.support import UCUM, concept, observation, quantity, read


def measured(loinc: str, number: str, code: str | None = None, **more: Any) -> tuple[Any, list[str]]:
    return read("measured", observation(loinc, number, code, **more))


@pytest.mark.parametrize(
    ("loinc", "number", "unit", "canonical"),
    [
        ("8480-6", "120", "mm[Hg]", "120"),
        ("8480-6", "16.0", "kPa", "120"),
        ("29463-7", "85728.958", "g", "85.728958"),
        ("29463-7", "176", "[lb_av]", "79.8"),
        ("8302-2", "1.70", "m", "170"),
        ("8310-5", "98.6", "[degF]", "37.0"),
        ("8310-5", "310.15", "K", "37.000"),
        ("718-7", "150", "g/L", "15.0"),
        ("6690-2", "7000", "/uL", "7.000"),
        ("6690-2", "7.0", "10*9/L", "7.0"),
        ("2085-9", "19.00", "mg/dL", "19.00"),
        ("2947-0", "140", "meq/L", "140"),
        ("2000-8", "4.8", "meq/L", "2.40"),
        ("2708-6", "0.97", "1", "97"),
        ("3016-3", "2.1", "u[IU]/mL", "2.1"),
        ("2019-8", "5.3", "kPa", "39.8"),
        ("35200-5", "5.20", "mmol/L", "5.20"),
    ],
)
def test_a_value_comes_in_the_unit_of_its_code(loinc: str, number: str, unit: str, canonical: str) -> None:
    value, rules = measured(loinc, number, unit)
    assert str(value["number"]) == canonical
    assert value["unit"] == facts()[loinc].unit and value["plausible"] and rules == []
    assert "derived" not in value


@pytest.mark.parametrize(
    ("loinc", "number", "unit", "canonical"),
    [
        ("2160-0", "97", "umol/L", "1.10"),
        ("14959-1", "3.4", "mg/mmol", "30.1"),
        ("14682-9", "1.10", "mg/dL", "97.2"),
        ("2093-3", "5.0", "mmol/L", "193"),
        ("13457-7", "4.6", "mmol/L", "178"),
        ("2345-7", "5.3", "mmol/L", "95.5"),
        ("3094-0", "5.0", "mmol/L", "14.0"),
        ("1975-2", "17.1", "umol/L", "1.00"),
        ("4548-4", "48", "mmol/mol", "6.54"),
        ("59261-8", "6.5", "%", "47.5"),
        ("59261-8", "6.5", "%{HemoglobinA1C}", "47.5"),
    ],
)
def test_moles_and_mass_convert_by_the_molar_mass(loinc: str, number: str, unit: str, canonical: str) -> None:
    value, rules = measured(loinc, number, unit)
    assert str(value["number"]) == canonical
    assert rules == ["unit.molar"] and value["derived"]


@pytest.mark.parametrize(
    ("loinc", "number", "unit"),
    [
        ("2823-3", "0.3", "g/dL"),  # nobody weighs potassium
        ("2823-3", "4.1", "10*3/uL"),  # moles are a number to UCUM, and yet no cells
        ("6690-2", "7.1", "mmol/L"),
        ("6690-2", "7.1", "10*3/mL"),
        ("718-7", "8.9", "umol/L"),
        ("8867-4", "70", "mg"),
        ("46418-0", "2.5", "min"),
        ("2777-1", "2.0", "meq/L"),  # the valence of phosphate depends on the pH
        ("4548-4", "6.1", "mmol/L"),
        ("9269-2", "60", "%"),
    ],
)
def test_a_unit_that_cannot_measure_what_the_code_names_gives_no_number(loinc: str, number: str, unit: str) -> None:
    assert measured(loinc, number, unit) == (None, ["unit.dimension"])


@pytest.mark.parametrize(
    ("loinc", "number", "sent", "canonical"),
    [
        ("8310-5", "37.2", "C", "37.2"),
        ("8310-5", "98.6", "F", "37.0"),
        ("8310-5", "98.6", "°F", "37.0"),
        ("6690-2", "7.1", "K/uL", "7.1"),
        ("6690-2", "7.1", "K/mm3", "7.1"),
        ("8480-6", "120", "mmHg", "120"),
        ("8867-4", "70", "beats/minute", "70"),
        ("39156-5", "24.1", "kgm2", "24.1"),
        ("14682-9", "97", "µmol/L", "97"),
        ("14682-9", "97", "μmol/L", "97"),
        ("2951-2", "140", "mEq/L", "140"),
        ("3016-3", "2.1", "uIU/mL", "2.1"),
        ("33914-3", "80", "mL/min/1.73m2", "80"),
        ("777-3", "250", "Thousands/uL", "250"),
        ("777-3", "250", "x10^3/uL", "250"),
        ("2345-7", "95", "MG/DL", "95"),
        ("777-3", "250", "G/l", "250"),
    ],
)
def test_a_spelling_is_read_as_what_it_means(loinc: str, number: str, sent: str, canonical: str) -> None:
    """As a code that claims to be UCUM, and as the text of a unit without a code."""
    value, rules = measured(loinc, number, sent)
    assert str(value["number"]) == canonical and rules == ["unit.spelling"] and "derived" not in value
    by_text = {**observation(loinc, number), "valueQuantity": quantity(number, unit=sent)}
    value, _ = read("measured", by_text)
    assert str(value["number"]) == canonical and value["derived"]


@pytest.mark.parametrize(("loinc", "sent"), [("1742-6", "[IU]/L"), ("3016-3", "mU/L")])
def test_units_and_international_units_are_read_as_what_the_code_can_have(loinc: str, sent: str) -> None:
    value, rules = measured(loinc, "4.0", sent)
    assert (value["number"], value["unit"]) == (4, facts()[loinc].unit)
    assert rules == ["unit.spelling"] and value["derived"]


def shown(loinc: str, number: str, code: str, unit: str) -> Any:
    """What is measured, and the rules, of a quantity with a UCUM code and another text for its unit."""
    return read("measured", {**observation(loinc, number), "valueQuantity": quantity(number, code, unit=unit)})


@pytest.mark.parametrize(
    ("loinc", "code", "unit"),
    [
        ("29463-7", "kg", "lbs"),
        ("29463-7", "[lb_av]", "kg"),
        ("8302-2", "cm", "in"),
        ("8302-2", "cm", "m"),
        ("8310-5", "Cel", "°F"),
        ("2339-0", "mg/dL", "mmol/L"),
        ("718-7", "g/dL", "g/L"),
        ("17861-6", "mg/dL", "mmol/L"),
        ("19123-9", "mmol/L", "mEq/L"),  # magnesium has two charges: 1 mmol are 2 mEq
        ("33914-3", "mL/min/{1.73_m2}", "mL/min"),
        ("9999-9", "ug/L", "mg/L"),
    ],
)
def test_a_unit_shown_that_contradicts_its_code_is_told_and_gives_no_number(loinc: str, code: str, unit: str) -> None:
    value, rules = shown(loinc, "70", code, unit)
    assert value is None and rules == ["unit.contradiction"]


@pytest.mark.parametrize(
    ("loinc", "code", "unit"),
    [
        ("29463-7", "kg", "Kg"),
        ("29463-7", "[lb_av]", "lbs"),
        ("8867-4", "/min", "bpm"),
        ("8310-5", "Cel", "C"),
        ("8310-5", "[degF]", "F"),
        ("2160-0", "umol/L", "mcmol/L"),
        ("2951-2", "mmol/L", "mEq/L"),  # sodium has one charge
        ("33914-3", "mL/min/{1.73_m2}", "mL/min/1.73m²"),
        ("1742-6", "U/L", "IU/L"),
        ("9269-2", "{score}", "points"),
        ("9999-9", "[HPF]", "whatever people write"),
        ("9999-9", "ng/mL{FEU}", "ng/mL"),
    ],
)
def test_another_spelling_of_the_unit_shown_is_no_contradiction(loinc: str, code: str, unit: str) -> None:
    value, rules = shown(loinc, "7", code, unit)
    assert value is not None and "unit.contradiction" not in rules


def test_coulomb_is_no_temperature_and_kelvin_is_one() -> None:
    assert measured("9999-9", "3", "C") == (None, ["unit.ambiguous"])
    assert measured("9999-9", "3", "F") == (None, ["unit.ambiguous"])
    assert measured("8310-5", "37", "C") == (
        {"code": {"system": "http://loinc.org", "code": "8310-5"}, "number": 37, "unit": "Cel", "plausible": True},
        ["unit.spelling"],
    )
    assert measured("8310-5", "310", "K")[0]["number"] == Decimal("36.8")
    assert measured("9999-9", "3", "mC")[0]["unit"] == "mC"


@pytest.mark.parametrize("loinc", ["33914-3", "69405-9", "50210-4", "98980-6", "77147-7"])
@pytest.mark.parametrize("unit", ["mL/min", "ml/min", "L/h"])
def test_a_filtration_rate_without_its_body_surface_is_not_that_of_a_standard_one(loinc: str, unit: str) -> None:
    value, rules = measured(loinc, "60", unit)
    assert value is None and rules[-1:] == ["unit.indexed"]


@pytest.mark.parametrize(
    "text", ["mL/min/1.73m2", "mL/min/1.73 m²", "ml/min/1,73 m2", "mL/min/(1.73 m2)", "mL/min/{1.73m2}"]
)
def test_the_standard_body_surface_is_read_however_it_is_written(text: str) -> None:
    node = {**observation("33914-3", "60"), "valueQuantity": quantity("60", unit=text)}
    value, _ = read("measured", node)
    assert (value["number"], value["unit"]) == (60, "mL/min/{1.73_m2}")


def test_a_level_of_sound_is_measured_in_decibels() -> None:
    value, rules = measured("89024-4", "45", "dB")
    assert (value["number"], value["unit"], rules) == (45, "dB", [])
    value, rules = measured("89024-4", "45", "dB HL")
    assert (value["number"], value["unit"], rules) == (45, "dB{HL}", ["unit.spelling"])


@pytest.mark.parametrize(
    "text",
    [
        "10+3/ul",
        "10^3/uL",
        "10E3/uL",
        "x10e+3/µL",
        "10**3/ul",
        "10³/µL",
        "10(3)/uL",
        "10^3/mm^3",
        "th/cumm",
        "giga.l-1",
        "Giga/L",
        "G.l-1",
        "giga l-1",
        "10^9 l-1",
        "10⁹·L⁻¹",
        "K.uL-1",
    ],
)
def test_powers_of_ten_are_read_however_they_are_written(text: str) -> None:
    value, rules = read("measured", {**observation("26515-7", "123"), "valueQuantity": quantity("123", unit=text)})
    assert (value["number"], value["unit"], rules) == (123, "10*3/uL", ["unit.spelling"])


@pytest.mark.parametrize("unit", [" 10*3/uL", " 10^9/L", " x10E3/uL", "*10^3/uL", " 10+3/ul", " giga.l-1"])
def test_a_count_in_text_is_read_with_the_power_of_ten_of_its_unit(unit: str) -> None:
    value, _ = read("measured", {"code": concept("777-3"), "valueString": f"250{unit}"})
    assert (value["number"], value["unit"]) == (250, "10*3/uL")


@pytest.mark.parametrize("unit", ["MG", "G", "MG/L", "PG/ML", "U/ML", "ML", "H"])
def test_a_unit_in_capitals_is_no_mega_or_gauss_silently(unit: str) -> None:
    assert measured("9999-9", "5", unit) == (None, ["unit.ambiguous"])


@pytest.mark.parametrize(("loinc", "unit"), [("1988-5", "MG/L"), ("33762-6", "PG/ML"), ("3151-8", "L/MIN")])
def test_a_unit_in_capitals_is_read_where_its_code_decides(loinc: str, unit: str) -> None:
    value, rules = measured(loinc, "5", unit)
    assert (value["number"], rules) == (5, ["unit.spelling"])


@pytest.mark.parametrize(("loinc", "unit"), [("14804-9", "U/ML"), ("3016-3", "MU/L")])
def test_a_unit_in_capitals_that_fits_its_code_twice_gives_no_number(loinc: str, unit: str) -> None:
    assert measured(loinc, "5", unit) == (None, ["unit.ambiguous"])


@pytest.mark.parametrize("text", ["25010*3/uL", "250 10", "250 1000", "250 10 x", "2 50 10*3/uL", "250.000 /µl"])
def test_a_count_in_text_is_never_cut(text: str) -> None:
    assert read("measured", {"code": concept("777-3"), "valueString": text})[0] is None


def test_a_local_code_without_a_system_has_no_empty_system() -> None:
    node = {"code": {"coding": [{"code": "LOCAL1"}]}, "valueQuantity": quantity("156", unit="cm")}
    assert read("measured", node)[0]["code"] == {"code": "LOCAL1"}


def test_a_bare_number_has_a_canonical_value_only_where_there_is_but_one_unit() -> None:
    assert measured("29463-7", "70") == (None, ["unit.missing"])
    assert measured("2708-6", "97") == (None, ["unit.missing"])
    assert measured("9269-2", "14")[0]["number"] == 14
    assert measured("2744-1", "7.40")[0]["number"] == Decimal("7.40")


@pytest.mark.parametrize("unit", ["Units", "K/mm3x", "null"])
def test_a_unit_nobody_knows_gives_no_number(unit: str) -> None:
    value, rules = measured("718-7", "12", unit)
    assert value is None and rules in (["unit.unknown"], ["unit.missing"])


def test_an_implausible_value_is_kept_and_flagged_and_nines_are_left_out() -> None:
    value, rules = measured("8302-2", "1.84", "cm")
    assert value["number"] == Decimal("1.84") and value["plausible"] is False and rules == ["value.implausible"]
    assert measured("8867-4", "999", "/min") == (None, ["value.placeholder"])
    assert measured("8310-5", "99.9", "Cel") == (None, ["value.placeholder"])
    assert measured("2708-6", "99", "%")[0]["plausible"] is True


def test_a_comparator_leaves_the_open_side_unjudged() -> None:
    node = observation("2160-0", "0.05", "mg/dL")
    node["valueQuantity"]["comparator"] = "<"
    value, rules = read("measured", node)
    assert value["comparator"] == "<" and value["plausible"] and rules == []
    node["valueQuantity"]["comparator"] = "about"
    assert read("measured", node) == (None, [])


def test_mass_and_moles_have_an_equivalent() -> None:
    assert measured("2093-3", "193", "mg/dL")[0]["equivalent"] == {"number": Decimal("4.99"), "unit": "mmol/L"}
    assert measured("14647-2", "5.0", "mmol/L")[0]["equivalent"] == {"number": Decimal("193"), "unit": "mg/dL"}
    assert "equivalent" not in measured("2951-2", "140", "mmol/L")[0]


@pytest.mark.parametrize(
    ("loinc", "text", "expected"),
    [
        ("2160-0", "<0.5 mg/dL", {"number": Decimal("0.5"), "comparator": "<"}),
        ("718-7", "15.0 gm/L", {"number": Decimal("1.50")}),
        ("4544-3", "45.0 %", {"number": Decimal("45.0")}),
        ("2951-2", "135-145 mmol/L", {"low": Decimal(135), "high": Decimal(145)}),
        ("2951-2", "140,5 mmol/L", {"number": Decimal("140.5")}),
        ("2744-1", "7.38", {"number": Decimal("7.38")}),
        ("9999-9", "1:80", {}),
    ],
)
def test_numbers_in_text_become_comparable(loinc: str, text: str, expected: dict[str, Any]) -> None:
    value, rules = read("measured", {"code": concept(loinc), "valueString": text})
    if not expected:
        assert value["number"] == 80 and value["unit"] == "{titer}"
        return
    assert value["derived"] is True and "value.text" in rules
    assert {name: value[name] for name in expected} == expected
    assert value["unit"] == facts()[loinc].unit


def test_a_blood_pressure_in_one_text_has_two_components() -> None:
    value, rules = read("measured", {"code": concept("85354-9"), "valueString": "120/80 mmHg"})
    assert [(part["code"]["code"], part["number"], part["unit"]) for part in value["components"]] == [
        ("8480-6", 120, "mm[Hg]"),
        ("8462-4", 80, "mm[Hg]"),
    ]
    assert value["derived"] and rules == ["value.text", "value.text"]
    assert read("measured", {"code": concept("9999-9"), "valueString": "120/80"}) == (None, [])


@pytest.mark.parametrize(
    "text", ["Not Detected", "3 times a year", "Exon 20", "11212", "1,234", "5-3", "2024-01-01", ""]
)
def test_other_text_stays_text(text: str) -> None:
    assert read("measured", {"code": concept("9999-9"), "valueString": text}) == (None, [])


def test_a_word_for_nothing_where_a_number_is_due_is_a_placeholder() -> None:
    assert read("measured", {"code": concept("2823-3"), "valueString": "Blank"}) == (None, ["value.placeholder"])
    assert read("measured", {"code": concept("2823-3"), "valueString": "unknown"}) == (None, ["value.placeholder"])
    assert read("measured", {"code": concept("9999-9"), "valueString": "unknown"}) == (None, [])


@given(st.text(max_size=30))
def test_no_text_is_beyond_the_parser(text: str) -> None:
    numbers.parse(text)


@given(
    st.sampled_from(sorted(code for code, fact in facts().items() if fact.unit)), st.decimals(-1000, 10000, places=3)
)
def test_the_canonical_unit_leaves_the_number_as_it_is(loinc: str, number: Decimal) -> None:
    value, _ = measured(loinc, str(number), facts()[loinc].unit)
    if value is not None:
        assert str(value["number"]) == str(number)


JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
KEYS = (
    *("coding", "code", "system", "unit", "value", "comparator", "low", "high", "text", "display", "type", "start"),
    *("reference", "identifier", "component", "valueQuantity", "valueString", "valueRange", "valueCodeableConcept"),
    *("tag", "security", "family", "given", "line", "city", "country", "period", "end", "userSelected"),
)
NODES = st.recursive(
    JUNK | st.decimals(),
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner | st.lists(inner, max_size=2), max_size=5),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["code", "valueQuantity", "valueString", "valueRange"]), NODES, max_size=4), NODES
)
def test_nothing_a_resource_holds_stops_a_view(node: dict[str, Any], more: Any) -> None:
    for type_ in ("measured", "label", "category", "fingerprint", "suspect_dates"):
        read(
            type_,
            {**node, "category": more, "referenceRange": more, "component": more, "subject": more, "system": UCUM},
        )
    for type_ in ("test_patient", "phones", "suspect_dates"):
        read(type_, {"name": more, "telecom": more, "address": more, "meta": more}, "Patient")


@pytest.mark.parametrize(
    "change",
    [
        {"value": Decimal("1.10")},
        {"value": Decimal("2.2")},
        {"code": "umol/L"},
        {"comparator": "<"},
        {"system": "urn:x"},
    ],
)
def test_what_was_read_before_is_not_told_again_of_an_edited_resource(change: dict[str, Any]) -> None:
    """The value is read once for all views; a resource edited in place is another one."""
    edited = observation("2160-0", "1.1", "mg/dL")
    before = read("measured", edited)
    edited["valueQuantity"] |= change
    other = observation("2160-0", "1.1", "mg/dL")
    other["valueQuantity"] |= dict(change)
    after = read("measured", edited)
    assert repr(after) != repr(before)
    read("measured", observation("718-7", "12", "g/dL"))
    assert repr(after) == repr(read("measured", other))


def test_the_code_of_an_edited_resource_counts_too() -> None:
    node = observation("2160-0", "1.1", "mg/dL")
    read("measured", node)
    node["code"]["coding"][0]["code"] = "2085-9"
    assert read("measured", node)[0]["code"]["code"] == "2085-9"
