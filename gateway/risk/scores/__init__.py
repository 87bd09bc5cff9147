"""The published scores, one file each. A new one is a file and a line here; nothing else knows a score by name."""

from gateway.risk.score import Score
from gateway.risk.scores import bmi, ckd_epi_2021, fib4, news2

SCORES: tuple[Score, ...] = (
    news2.SCORE,
    ckd_epi_2021.SCORE,
    fib4.SCORE,
    bmi.SCORE,
)
