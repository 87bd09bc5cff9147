"""NEWS2, the National Early Warning Score 2 (Royal College of Physicians, 2017): 0 to 20 points from seven vital signs.

https://www.rcp.ac.uk/resources/national-early-warning-score-news-2/ The chart is data. A value between two printed rows
is first rounded (half up) to the precision of the chart: temperature to 0.1 Cel, all others to whole numbers.
"""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from gateway.risk import inputs
from gateway.risk.score import Ages, Band, Coding, Exclusion, Need, Publication, Score, ScoreResult, SubScore

Rows = tuple[tuple[Decimal, int], ...]
"""(highest value of the row, points), ascending; the last row has no upper end."""


def _rows(*rows: tuple[str, int]) -> Rows:
    return tuple((Decimal(top), points) for top, points in rows)


RESPIRATION = _rows(("8", 3), ("11", 1), ("20", 0), ("24", 2), ("Infinity", 3))
SPO2_SCALE_1 = _rows(("91", 3), ("93", 2), ("95", 1), ("Infinity", 0))
SPO2_SCALE_2_AIR = _rows(("83", 3), ("85", 2), ("87", 1), ("Infinity", 0))
SPO2_SCALE_2_OXYGEN = _rows(("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2), ("Infinity", 3))
SYSTOLIC = _rows(("90", 3), ("100", 2), ("110", 1), ("219", 0), ("Infinity", 3))
PULSE = _rows(("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), ("Infinity", 3))
TEMPERATURE = _rows(("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), ("Infinity", 2))
CONSCIOUSNESS = {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3}
OXYGEN = {True: 2, False: 0}

LOW = Band("low", "low (0 to 4)", "low")
LOW_MEDIUM = Band("low-medium", "low-medium (3 in a single parameter)")
MEDIUM = Band("medium", "medium (5 to 6)", "moderate")
HIGH = Band("high", "high (7 or more)", "high")


def news2(
    *,
    respiration: Decimal,
    spo2: Decimal,
    oxygen: bool,
    systolic: Decimal,
    pulse: Decimal,
    consciousness: str,
    temperature: Decimal,
    scale: Literal[1, 2] = 1,
) -> ScoreResult:
    """Return the total with the points of each input.

    Units: respiration and pulse in /min, spo2 in %, systolic in mm[Hg], temperature in Cel. `oxygen` is whether the
        patient receives oxygen, `consciousness` a letter of ACVPU. Scale 2 needs a clinician's recorded decision.
    """
    parts = (
        SubScore("respiration", _points(RESPIRATION, respiration)),
        SubScore("spo2", _points(_saturation(scale, oxygen), spo2)),
        SubScore("oxygen", OXYGEN[oxygen]),
        SubScore("systolic", _points(SYSTOLIC, systolic)),
        SubScore("pulse", _points(PULSE, pulse)),
        SubScore("consciousness", CONSCIOUSNESS[consciousness]),
        SubScore("temperature", _points(TEMPERATURE, temperature, "0.1")),
    )
    total = Decimal(sum(part.points for part in parts))
    return ScoreResult(total, total, _band(parts), parts)


def _points(rows: Rows, value: Decimal, step: str = "1") -> int:
    charted = value.quantize(Decimal(step), ROUND_HALF_UP)
    return next(points for top, points in rows if charted <= top)


def _saturation(scale: int, oxygen: bool) -> Rows:
    if scale == 1:
        return SPO2_SCALE_1
    return SPO2_SCALE_2_OXYGEN if oxygen else SPO2_SCALE_2_AIR


def _band(parts: tuple[SubScore, ...]) -> Band:
    total = sum(part.points for part in parts)
    if total >= 7:
        return HIGH
    if total >= 5:
        return MEDIUM
    return LOW_MEDIUM if any(part.points == 3 for part in parts) else LOW


def _uk(code: str, display: str) -> Coding:
    return Coding(inputs.SNOMED, code, display)


_SET = timedelta(minutes=15)
_NEEDS = (
    inputs.RESPIRATION,
    inputs.SPO2,
    inputs.OXYGEN,
    inputs.SYSTOLIC,
    inputs.PULSE,
    inputs.CONSCIOUSNESS,
    inputs.TEMPERATURE,
)

SCORE = Score(
    id="news2",
    version="1.0.0",
    title="NEWS2 (National Early Warning Score 2)",
    needs=tuple(Need(each, _SET) for each in _NEEDS),
    compute=news2,
    code=(_uk("1104051000000101", "Royal College of Physicians NEWS2 total score"),),
    unit="{score}",
    category="survey",
    outcome="Acute clinical deterioration",
    horizon=timedelta(hours=24),
    ages=Ages(16, "NEWS2 is for people aged 16 and over"),
    source=Publication(
        doi="10.1016/j.resuscitation.2012.12.016",
        citation="Royal College of Physicians. National Early Warning Score (NEWS) 2. London: RCP, 2017. "
        "24-hour outcomes: Smith GB et al. Resuscitation 2013;84:465-70.",
        licence="Free to use unchanged with credit to the Royal College of Physicians",
        review_by=date(2027, 12, 31),
    ),
    one_set=True,
    parts=(
        ("respiration", _uk("1104301000000104", "NEWS2 respiration rate score")),
        ("spo2", _uk("1104311000000102", "NEWS2 oxygen saturation scale 1 score")),
        ("oxygen", _uk("1104331000000105", "NEWS2 air or oxygen score")),
        ("systolic", _uk("1104341000000101", "NEWS2 systolic blood pressure score")),
        ("pulse", _uk("1104351000000103", "NEWS2 pulse score")),
        ("consciousness", _uk("1104361000000100", "NEWS2 consciousness score")),
        ("temperature", _uk("1104371000000107", "NEWS2 temperature score")),
    ),
    exclusions=(Exclusion(inputs.PREGNANCY, "pregnant", timedelta(days=280), "NEWS2 is not for use in pregnancy"),),
    notes=("SpO2 on scale 1: no clinician's decision for scale 2 was given.", "Not for use in pregnancy."),
)
