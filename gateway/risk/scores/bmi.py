"""Body mass index in kg/m2, and its WHO class for adults, which is taken from the unrounded value."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway.risk import inputs
from gateway.risk.score import ADULT, Ages, Band, Coding, Exclusion, Need, Publication, Score, ScoreResult

CLASSES = (
    (Decimal("18.5"), Band("underweight", "underweight (below 18.5)")),
    (Decimal(25), Band("normal", "normal (18.5 to under 25)")),
    (Decimal(30), Band("overweight", "overweight (25 to under 30)")),
    (Decimal(35), Band("obesity_class_1", "obesity class 1 (30 to under 35)")),
    (Decimal(40), Band("obesity_class_2", "obesity class 2 (35 to under 40)")),
    (Decimal("Infinity"), Band("obesity_class_3", "obesity class 3 (40 and above)")),
)


def bmi(*, weight: Decimal, height: Decimal) -> ScoreResult:
    """Return the index in kg/m2; weight in kg, height in cm."""
    exact = weight / (height / 100) ** 2
    band = next(band for below, band in CLASSES if exact < below)
    return ScoreResult(exact, exact.quantize(Decimal("0.1"), ROUND_HALF_UP), band)


SCORE = Score(
    id="bmi",
    version="1.0.0",
    title="Body mass index, adult class",
    needs=(Need(inputs.WEIGHT, timedelta(days=365)), Need(inputs.HEIGHT, None)),
    compute=bmi,
    code=(Coding(inputs.LOINC, "39156-5", "Body mass index (BMI) [Ratio]"),),
    unit="kg/m2",
    category="vital-signs",
    outcome="Weight class",
    horizon=timedelta(0),
    ages=Ages(ADULT, "children and adolescents need growth charts"),
    source=Publication(
        doi="10.1016/S0140-6736(03)15268-3",
        citation="WHO expert consultation. Appropriate body-mass index for Asian populations (keeps the WHO classes "
        "of Technical Report Series 894). Lancet 2004;363:157-63.",
        licence="Published definition, free to use",
        review_by=date(2027, 12, 31),
    ),
    exclusions=(Exclusion(inputs.PREGNANCY, "pregnant", timedelta(days=280), "the classes do not hold in pregnancy"),),
    notes=("Class from the unrounded value; height is the newest measured in adulthood.",),
)
