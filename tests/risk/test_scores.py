"""The published scores against their vectors, their tables and their declarations."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.risk.assess import INPUTS
from gateway.risk.inputs import ACVPU_CODES, LOINC, PREGNANCY_CODES
from gateway.risk.score import Score
from gateway.risk.scores import SCORES
from gateway.risk.scores.bmi import bmi
from gateway.risk.scores.ckd_epi_2021 import ckd_epi_2021
from gateway.risk.scores.fib4 import fib4
from gateway.risk.scores.news2 import news2

VECTORS = Path(__file__).parents[3] / "shared" / "score_vectors.json"
ALERT_ON_AIR = {"oxygen": False, "consciousness": "A"}
WELL: dict[str, Any] = {
    "respiration": Decimal(16),
    "spo2": Decimal(98),
    "systolic": Decimal(120),
    "pulse": Decimal(70),
    "temperature": Decimal("36.8"),
    **ALERT_ON_AIR,
}
RENAMED = {"rr": "respiration", "o2": "oxygen", "sbp": "systolic", "acvpu": "consciousness", "temp": "temperature"}


def vectors(name: str) -> list[Any]:
    if not VECTORS.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no {VECTORS}"))]
    return [
        pytest.param(vector, id=vector["id"]) for vector in json.loads(VECTORS.read_text(), parse_float=Decimal)[name]
    ]


def value(vector: dict[str, Any], name: str) -> Decimal:
    return Decimal(vector["inputs"][name]["value"])


@pytest.mark.parametrize("vector", vectors("news2"))
def test_news2_gives_the_published_total_band_and_points(vector: dict[str, Any]) -> None:
    given_, expected = vector["inputs"], vector["expected"]
    result = news2(
        respiration=value(vector, "respiratory_rate"),
        spo2=value(vector, "spo2"),
        oxygen=given_["supplemental_oxygen"],
        systolic=value(vector, "systolic_bp"),
        pulse=value(vector, "heart_rate"),
        consciousness=given_["consciousness_acvpu"],
        temperature=value(vector, "temperature"),
        scale=given_["spo2_scale"],
    )
    assert (result.value, result.band.code) == (expected["total"], expected["risk_band"])
    points = {RENAMED.get(name, name): points for name, points in expected["subscores"].items()}
    assert {part.input: part.points for part in result.parts} == points


@pytest.mark.parametrize("vector", vectors("ckd_epi_2021_creatinine"))
def test_ckd_epi_gives_the_published_egfr(vector: dict[str, Any]) -> None:
    result = ckd_epi_2021(
        creatinine=value(vector, "creatinine"), age=int(value(vector, "age")), sex=vector["inputs"]["sex"]
    )
    assert abs(result.exact - Decimal(vector["expected"]["egfr"])) <= Decimal(vector["tolerance"])


@pytest.mark.parametrize("vector", vectors("fib4"))
def test_fib4_gives_the_published_index(vector: dict[str, Any]) -> None:
    result = fib4(
        age=int(value(vector, "age")),
        ast=value(vector, "ast"),
        alt=value(vector, "alt"),
        platelets=value(vector, "platelets"),
    )
    assert abs(result.exact - Decimal(vector["expected"]["index"])) <= Decimal(vector["tolerance"])


@pytest.mark.parametrize("vector", vectors("bmi"))
def test_bmi_gives_the_published_index_and_class(vector: dict[str, Any]) -> None:
    result = bmi(weight=value(vector, "weight"), height=value(vector, "height"))
    assert abs(result.exact - Decimal(vector["expected"]["bmi"])) <= Decimal(vector["tolerance"])
    assert result.band.code == vector["expected"]["class"]


EDGES = [
    ("respiration", {"8": 3, "9": 1, "11": 1, "12": 0, "20": 0, "21": 2, "24": 2, "25": 3}),
    ("spo2", {"91": 3, "92": 2, "93": 2, "94": 1, "95": 1, "96": 0}),
    ("systolic", {"90": 3, "91": 2, "100": 2, "101": 1, "110": 1, "111": 0, "219": 0, "220": 3}),
    ("pulse", {"40": 3, "41": 1, "50": 1, "51": 0, "90": 0, "91": 1, "110": 1, "111": 2, "130": 2, "131": 3}),
    ("temperature", {"35.0": 3, "35.1": 1, "36.0": 1, "36.1": 0, "38.0": 0, "38.1": 1, "39.0": 1, "39.1": 2}),
    ("temperature", {"35.04": 3, "35.05": 1, "38.04": 0, "38.05": 1, "39.05": 2}),
    ("pulse", {"90.4": 0, "90.5": 1}),
]


@pytest.mark.parametrize(
    ("name", "given_", "points"), [(name, edge, points) for name, edges in EDGES for edge, points in edges.items()]
)
def test_every_row_of_the_news2_chart_begins_and_ends_where_it_is_printed(name: str, given_: str, points: int) -> None:
    assert news2(**{**WELL, name: Decimal(given_)}).value == points


@pytest.mark.parametrize(
    ("spo2", "oxygen", "points"),
    [
        *((83, True, 3), (84, True, 2), (86, True, 1), (88, True, 0), (92, True, 0), (93, True, 1), (95, True, 2)),
        *((97, True, 3), (83, False, 3), (85, False, 2), (87, False, 1), (88, False, 0), (93, False, 0)),
    ],
)
def test_scale_2_counts_oxygen_above_its_target(spo2: int, oxygen: bool, points: int) -> None:
    result = news2(**{**WELL, "spo2": Decimal(spo2), "oxygen": oxygen}, scale=2)
    assert next(part.points for part in result.parts if part.input == "spo2") == points


@pytest.mark.parametrize("letter", "CVPU")
def test_anything_but_alert_is_three_points_and_low_medium_alone(letter: str) -> None:
    result = news2(**{**WELL, "consciousness": letter})
    assert (result.value, result.band.code) == (3, "low-medium")


def test_bands_of_news2_start_at_five_and_seven() -> None:
    four = {**WELL, "respiration": Decimal(22), "oxygen": True}
    assert news2(**four).band.code == "low"
    assert news2(**{**four, "pulse": Decimal(95)}).band.code == "medium"
    assert news2(**{**four, "pulse": Decimal(131)}).band.code == "high"


vitals = st.fixed_dictionaries(
    {
        "respiration": st.decimals(2, 80, places=1),
        "spo2": st.decimals(40, 100, places=1),
        "oxygen": st.booleans(),
        "systolic": st.decimals(40, 300, places=1),
        "pulse": st.decimals(10, 300, places=1),
        "consciousness": st.sampled_from("ACVPU"),
        "temperature": st.decimals(25, 45, places=2),
        "scale": st.sampled_from((1, 2)),
    }
)


@given(vitals)
def test_news2_is_the_sum_of_its_parts_between_0_and_20(given_: dict[str, Any]) -> None:
    result = news2(**given_)
    assert result.value == sum(part.points for part in result.parts)
    assert 0 <= result.value <= 20
    assert len(result.parts) == 7


@given(vitals, st.decimals(0, 20, places=1))
def test_news2_never_falls_when_breathing_speeds_up_or_oxygen_is_needed(given_: dict[str, Any], more: Decimal) -> None:
    normal = {**given_, "respiration": max(given_["respiration"], Decimal(12)), "scale": 1}
    faster = {**normal, "respiration": normal["respiration"] + more, "oxygen": True}
    assert news2(**faster).value >= news2(**normal).value


@given(st.decimals("0.1", 25, places=2), st.integers(18, 110), st.sampled_from(("male", "female")))
def test_egfr_falls_as_creatinine_rises(creatinine: Decimal, age: int, sex: Any) -> None:
    more = ckd_epi_2021(creatinine=creatinine + Decimal("0.01"), age=age, sex=sex)
    assert more.exact < ckd_epi_2021(creatinine=creatinine, age=age, sex=sex).exact


def test_classes_are_taken_from_the_unrounded_value() -> None:
    almost = bmi(weight=Decimal("79.99"), height=Decimal("178.9"))
    assert (almost.value, almost.band.code) == (Decimal("25.0"), "normal")


def test_fib4_has_a_higher_lower_limit_from_65_on() -> None:
    values = {"ast": Decimal(30), "alt": Decimal(25), "platelets": Decimal(220)}
    assert fib4(age=64, **values).band.code == "indeterminate"
    assert fib4(age=65, **values).band.code == "low"


def check_digit(code: str) -> int:
    """LOINC's mod 10 check digit of the part before the hyphen; the letters of LA codes count by ASCII distance."""
    values = [ord(letter) - ord("0") for letter in reversed(code.split("-")[0])]
    return -sum(v if place % 2 else 2 * v - v // 5 * 9 for place, v in enumerate(values)) % 10


def declared_codes() -> set[str]:
    results = {c.code for s in SCORES for c in (*s.code, *(code for _, code in s.parts)) if c.system == LOINC}
    return results | {code for system, code in INPUTS if system == LOINC}


@pytest.mark.parametrize("code", sorted(declared_codes()))
def test_every_declared_loinc_code_has_its_check_digit(code: str) -> None:
    assert int(code.split("-")[1]) == check_digit(code)


def test_the_check_digit_catches_the_codes_that_were_wrong_before() -> None:
    assert check_digit("96791-1") == 9
    assert check_digit("3150-6") == 0


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.id)
def test_every_score_is_reviewed_before_its_date(score: Score) -> None:
    assert date.today() < score.source.review_by, f"read the publication of {score.id} again"


def test_scores_have_names_of_their_own() -> None:
    assert len({score.id for score in SCORES}) == len(SCORES)
    assert all(re.fullmatch(r"[a-z0-9-]{1,20}", score.id) for score in SCORES)


def test_every_accepted_loinc_answer_has_its_check_digit() -> None:
    answers = [code for system, code in (*ACVPU_CODES, *PREGNANCY_CODES) if system == LOINC]
    assert len(answers) == 7
    assert all(int(answer.split("-")[1]) == check_digit(answer) for answer in answers)
