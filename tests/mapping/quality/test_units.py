"""Which UCUM unit people mean."""

import pytest

from gateway.mapping.quality.units import UnitReading, ambiguous, amount, capitals_hide, contradict, plain, ratio, read

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("code", "system", "text", "wanted", "expected"),
    [
        ("mg/dL", UCUM, "mg per dL", None, UnitReading("mg/dL")),
        (None, None, "mg/dl", None, UnitReading("mg/dl", derived=True)),
        (None, None, None, "mg/dL", UnitReading(None, "unit.missing")),
        ("", UCUM, None, None, UnitReading(None, "unit.missing", "")),
        (None, None, "n/a", None, UnitReading(None, "unit.missing", "n/a")),
        (None, None, "zorks", None, UnitReading(None, "unit.unknown", "zorks")),
        (None, None, "C", "Cel", UnitReading("Cel", "unit.spelling", "C", True)),
        (None, None, "C", None, UnitReading(None, "unit.ambiguous", "C")),
        (None, None, "MG/DL", "mg/dL", UnitReading("mg/dL", "unit.spelling", "MG/DL", True)),
    ],
)
def test_the_code_decides_and_the_text_only_without_one(
    code: str | None, system: str | None, text: str | None, wanted: str | None, expected: UnitReading
) -> None:
    assert read(code, system, text, wanted) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x10³/µL", "10*3/uL"),
        ("10^9/L", "10*9/L"),
        ("10E3/uL", "10*3/uL"),
        ("mmol l-1", "mmol/l"),
        ("giga.l-1", "10*9/l"),
        ("mL/min/1.73m²", "mL/min/{1.73_m2}"),
        (" mg/dL ", "mg/dL"),
    ],
)
def test_one_spelling_is_made_of_many(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("mmol/L", "mol"), ("meq/L", "eq"), ("mosm/kg", "osm"), ("mg/dL", ""), ("mol/eq", ""), ("{mol}", "")],
)
def test_what_a_unit_counts(code: str, kind: str) -> None:
    assert amount(code) == kind


def test_capitals_may_hide_another_unit() -> None:
    assert capitals_hide("MG/L") and not capitals_hide("U") and not capitals_hide("mg/L")
    assert ambiguous("C") and ambiguous("MG/L") and not ambiguous("mg/dL")


@pytest.mark.parametrize(
    ("text", "code", "valence", "expected"),
    [
        ("mg/dL", "mg/dL", None, False),
        ("mcmol/L", "umol/L", None, False),
        ("MG/DL", "mg/dL", None, False),
        ("g/dL", "mg/dL", None, True),
        ("mmol/L", "mg/dL", None, True),
        ("meq/L", "mmol/L", None, False),
        ("meq/L", "mmol/L", 1, False),
        ("meq/L", "mmol/L", 2, True),
        ("points", "{score}", None, False),
    ],
)
def test_a_unit_shown_may_contradict_its_code(text: str, code: str, valence: int | None, expected: bool) -> None:
    assert contradict(text, code, valence) is expected


def test_a_ratio_needs_the_same_dimension_and_a_common_zero() -> None:
    assert ratio("g", "mg") == 1000 and ratio("mg", "g") == ratio("g", "kg")
    assert ratio("g", "m") is None and ratio("Cel", "[degF]") is None
