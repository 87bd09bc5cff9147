"""UCUM: units parse, convert exactly, and meet in one base unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir import quantities

CLINICAL = """
mm[Hg] kPa cm[H2O] g mg ug ng kg [lb_av] [oz_av] cm m mm [in_i] [ft_i] Cel [degF] K mmol/L mg/dL umol/L g/L g/dL 10*3/uL
10*9/L 10*12/L 10*6/uL /uL U/L [iU]/L m[IU]/L k[IU]/L % kg/m2 /min {beats}/min {score} {INR} ms s min h d wk mo a mL
mL/min mL/min/{1.73_m2} L/min ng/mL pg/mL fL pg meq/L mosm/kg ug/mL{FEU} mg/g{creat} mmol/mol ug/kg/min mL/kg/h
dyn.s.cm-5 mL/m2 kcal kcal/d J W Hz mV mGy mSv Bq kat nkat/L [pH] /[HPF] {copies}/mL [drp] [tsp_us] deg [arb'U]/mL
mL/cm[H2O] 1 mm/h ng/mL/h g.m/m2 [diop] Ohm
"""


@pytest.mark.parametrize("code", CLINICAL.split())
def test_a_clinical_unit_is_known(code: str) -> None:
    assert quantities.canonical(Decimal(1), code) is not None


@pytest.mark.parametrize(
    "code",
    [
        "",
        " ",
        "mmHg",
        "beats/minute",
        "KG",
        "mg/",
        "m//s",
        "{a}{b}",
        "(m",
        "m)",
        "foo",
        "kkg",
        "%m",
        "Cel/h",
        "m999",
        "/",
        "0",
    ],
)
def test_what_is_not_ucum_is_unknown(code: str) -> None:
    assert quantities.canonical(Decimal(1), code) is None
    assert quantities.convert(Decimal(1), code, "g") is None


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("98.6", "[degF]", "Cel", "37"),
        ("37", "Cel", "[degF]", "98.6"),
        ("0", "Cel", "K", "273.15"),
        ("36600", "mCel", "Cel", "36.6"),
        ("760", "mm[Hg]", "kPa", "101.32472"),
        ("1", "[lb_av]", "kg", "0.45359237"),
        ("70", "[in_i]", "cm", "177.8"),
        ("5", "10*3/uL", "10*9/L", "5"),
        ("1", "wk", "d", "7"),
        ("1", "a", "d", "365.25"),
        ("1", "U", "nkat", "16.66666666666666666666666667"),
        ("1", "mmol/L", "umol/mL", "1"),
        ("1", "[IU]/L", "m[iU]/mL", "1"),
        ("50", "%", "1", "0.5"),
        ("60", "/min", "Hz", "1"),
        ("1", "g/dL", "g/L", "10"),
        ("1", "g%", "g/dL", "1"),
        ("1", "kg.m/s2", "N", "1"),
        ("1", "/(2.h)", "/h", "0.5"),
        ("1", "PRU", "mm[Hg].s/mL", None),
        ("1", "[PRU]", "mm[Hg].s/mL", "1"),
        ("1", "[wood'U]", "mm[Hg].min/L", "1"),
        ("1", "[MET]", "mL/min/kg", "3.5"),
        ("1", "cal", "J", "4.184"),
        ("1", "Gy", "J/kg", "1"),
        ("1", "R", "C/kg", "0.000258"),
        ("1", "mol", "1", "602214076000000000000000"),
    ],
)
def test_a_conversion_is_exact(value: str, source: str, target: str, expected: str | None) -> None:
    converted = quantities.convert(Decimal(value), source, target)
    assert converted == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("source", "target"), [("g", "m"), ("mmol/L", "mg/L"), ("[iU]", "g"), ("[pH]", "1"), ("s", "g")]
)
def test_what_measures_something_else_does_not_convert(source: str, target: str) -> None:
    assert quantities.convert(Decimal(1), source, target) is None


def test_units_of_one_dimension_meet_in_one_base_code() -> None:
    codes = {quantities.canonical(Decimal(1), code)[1] for code in ("kg/m2", "g/cm2", "[lb_av]/[in_i]2")}  # type: ignore[index]
    assert codes == {"g.m-2"}


def test_not_a_number_has_no_canonical_form() -> None:
    assert quantities.canonical(Decimal("NaN"), "g") is None
    assert quantities.convert(Decimal("Infinity"), "g", "kg") is None


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-1_000_000, max_value=1_000_000, places=4),
    st.sampled_from(["g", "mg", "[lb_av]", "kg"]),
    st.sampled_from(["g", "ug", "[oz_av]", "t"]),
)
def test_there_and_back_is_where_one_was(value: Decimal, source: str, target: str) -> None:
    there = quantities.convert(value, source, target)
    assert there is not None
    back = quantities.convert(there, target, source)
    assert back is not None
    assert abs(back - value) <= abs(value) * Decimal("1e-26")


@given(st.text(max_size=30))
def test_any_text_gives_an_answer_and_no_error(code: str) -> None:
    quantities.canonical(Decimal(1), code)


@given(st.text(alphabet="gmskL[]{}()./*10^-+", max_size=20))
def test_any_text_of_ucum_signs_gives_an_answer_and_no_error(code: str) -> None:
    quantities.canonical(Decimal(1), code)
