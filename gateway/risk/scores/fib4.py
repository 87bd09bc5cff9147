"""FIB-4 index for advanced liver fibrosis: age x AST / (platelets x sqrt(ALT)) (10.1002/hep.21178)."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway.risk import inputs
from gateway.risk.score import Ages, Band, Coding, Need, Publication, Score, ScoreResult

LOW = Band("low", "low", "low")
INDETERMINATE = Band("indeterminate", "indeterminate")
HIGH = Band("high", "high (above 2.67)", "high")


def fib4(*, age: int, ast: Decimal, alt: Decimal, platelets: Decimal) -> ScoreResult:
    """Return the index; age in completed years, AST and ALT in U/L, platelets in 10*9/L."""
    exact = age * ast / (platelets * alt.sqrt())
    return ScoreResult(exact, exact.quantize(Decimal("0.01"), ROUND_HALF_UP), _band(exact, age))


def _band(index: Decimal, age: int) -> Band:
    if index > Decimal("2.67"):
        return HIGH
    return LOW if index < (Decimal("2.0") if age >= 65 else Decimal("1.30")) else INDETERMINATE


_WINDOW = timedelta(days=92)

SCORE = Score(
    id="fib-4",
    version="1.0.0",
    title="FIB-4 index",
    needs=tuple(Need(each, _WINDOW) for each in (inputs.AST, inputs.ALT, inputs.PLATELETS)),
    compute=fib4,
    code=(Coding(inputs.LOINC, "98488-0", "Fibrosis-4 index"),),
    unit="{score}",
    category="laboratory",
    outcome="Advanced liver fibrosis",
    horizon=timedelta(0),
    ages=Ages(35, "FIB-4 is unreliable below 35 years"),
    source=Publication(
        doi="10.1002/hep.21178",
        citation="Sterling RK et al. Development of a simple noninvasive index to predict significant fibrosis. "
        "Hepatology 2006;43:1317-25.",
        licence="Published equation, free to use",
        review_by=date(2027, 12, 31),
    ),
    uses_age=True,
    notes=("Below 1.30 is low (below 2.0 from 65 years on); above 2.67 is high.",),
)
