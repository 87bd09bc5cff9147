"""List the published scores, one file each. A new score is a file and a line here; no other module names a score."""

from gateway.risk.score import Score
from gateway.risk.scores import bmi, ckd_epi_2021, fib4, news2

SCORES: tuple[Score, ...] = (
    news2.SCORE,
    ckd_epi_2021.SCORE,
    fib4.SCORE,
    bmi.SCORE,
)
