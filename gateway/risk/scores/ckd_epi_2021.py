"""CKD-EPI 2021: estimated glomerular filtration rate from creatinine, without race (10.1056/NEJMoa2102953).

142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 if female. The KDIGO category is that of the
unrounded value.
"""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway.risk import inputs
from gateway.risk.score import ADULT, Ages, Band, Coding, Exclusion, Need, Publication, Score, ScoreResult, Sex

_KAPPA = {"female": Decimal("0.7"), "male": Decimal("0.9")}
_ALPHA = {"female": Decimal("-0.241"), "male": Decimal("-0.302")}
_FACTOR = {"female": Decimal("1.012"), "male": Decimal(1)}

CATEGORIES = (
    (Decimal(15), Band("G5", "G5, kidney failure (below 15)")),
    (Decimal(30), Band("G4", "G4, severely decreased (15 to 29)")),
    (Decimal(45), Band("G3b", "G3b, moderately to severely decreased (30 to 44)")),
    (Decimal(60), Band("G3a", "G3a, mildly to moderately decreased (45 to 59)")),
    (Decimal(90), Band("G2", "G2, mildly decreased (60 to 89)")),
    (Decimal("Infinity"), Band("G1", "G1, normal or high (90 and above)")),
)


def ckd_epi_2021(*, creatinine: Decimal, age: int, sex: Sex) -> ScoreResult:
    """Return the rate in mL/min/{1.73_m2}; creatinine in mg/dL, age in completed years."""
    ratio = creatinine / _KAPPA[sex]
    exact = (
        142
        * min(ratio, Decimal(1)) ** _ALPHA[sex]
        * max(ratio, Decimal(1)) ** Decimal("-1.200")
        * Decimal("0.9938") ** age
        * _FACTOR[sex]
    )
    category = next(band for below, band in CATEGORIES if exact < below)
    return ScoreResult(exact, exact.quantize(Decimal("0.1"), ROUND_HALF_UP), category)


SCORE = Score(
    id="ckd-epi-2021",
    version="1.0.0",
    title="CKD-EPI 2021 creatinine equation",
    needs=(Need(inputs.CREATININE, timedelta(days=365)),),
    compute=ckd_epi_2021,
    code=(
        Coding(
            inputs.LOINC,
            "98979-8",
            "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by "
            "Creatinine-based formula (CKD-EPI 2021)",
        ),
    ),
    unit="mL/min/{1.73_m2}",
    category="laboratory",
    outcome="Chronic kidney disease, GFR category",
    horizon=timedelta(0),
    ages=Ages(ADULT, "the equation is for adults"),
    source=Publication(
        doi="10.1056/NEJMoa2102953",
        citation="Inker LA et al. New creatinine- and cystatin C-based equations to estimate GFR without race. "
        "N Engl J Med 2021;385:1737-49.",
        licence="Published equation, free to use",
        review_by=date(2027, 12, 31),
    ),
    uses_age=True,
    uses_sex=True,
    exclusions=(
        Exclusion(inputs.PREGNANCY, "pregnant", timedelta(days=280), "the equation does not hold in pregnancy"),
    ),
    notes=(
        "Category from the unrounded value; a diagnosis needs three months of evidence.",
        "Does not hold in acute kidney injury or on dialysis; neither was checked.",
    ),
)
