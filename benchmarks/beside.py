"""Run the benchmark of two checkouts in turns and show what became faster or slower: `make bench-beside OTHER=…`.

    python -m benchmarks.beside OTHER [ROUNDS]

OTHER is a checkout with a virtual environment in `.venv`, such as a clone of an earlier commit. Each round runs
`python -m benchmarks` once in each checkout, the other one first in every second round, as a machine that others use
too changes its speed from minute to minute. For each case the table shows the median rate before (OTHER) and after
(this checkout), the quotient of the two, and how far the quotients of single rounds lie apart. A case counts as slower
if its quotient is below `TOLERATED` in the median and in most rounds. Exits with 1 if a case is slower.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

TOLERATED = 0.95
ROUNDS = 3
ROOT = Path(__file__).parents[1]

Rates = Mapping[str, float]
"""case -> rate per second, of one run"""


@dataclass(frozen=True)
class Comparison:
    """One case: the median rates, and the quotient after ÷ before of every round."""

    name: str
    before: float
    after: float
    quotients: tuple[float, ...]

    @property
    def quotient(self) -> float:
        return median(self.quotients)

    @property
    def is_slower(self) -> bool:
        slow_rounds = sum(quotient < TOLERATED for quotient in self.quotients)
        return self.quotient < TOLERATED and 2 * slow_rounds > len(self.quotients)


def compare(rounds: Sequence[tuple[Rates, Rates]]) -> list[Comparison]:
    """Compare the cases that both checkouts have; `rounds` holds the rates (before, after) of each round."""
    names = [name for name in rounds[0][0] if all(name in rates for pair in rounds for rates in pair)]
    return [
        Comparison(
            name,
            median(before[name] for before, _ in rounds),
            median(after[name] for _, after in rounds),
            tuple(after[name] / before[name] for before, after in rounds),
        )
        for name in names
    ]


def run(checkout: Path) -> Rates:
    """Run the whole benchmark of `checkout` and return its rates."""
    command = [checkout / ".venv/bin/python", "-m", "benchmarks"]
    subprocess.run(command, cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    cases = json.loads((checkout / "benchmarks" / "results.json").read_text())["cases"]
    return {name: case["rate"] for name, case in cases.items()}


def report(comparisons: Sequence[Comparison], console: Console) -> None:
    table = Table(title="Rates per second, before and after", title_justify="left")
    table.add_column("case")
    for heading in ("before", "after", "after ÷ before", "lowest", "highest"):
        table.add_column(heading, justify="right")
    for case in comparisons:
        quotient = f"{case.quotient:.2f}"
        table.add_row(
            case.name,
            f"{case.before:,.0f}",
            f"{case.after:,.0f}",
            f"[bold red]{quotient}[/]" if case.is_slower else quotient,
            f"{min(case.quotients):.2f}",
            f"{max(case.quotients):.2f}",
        )
    console.print(table)


def main(arguments: Sequence[str]) -> int:
    other = Path(arguments[0]).resolve()
    rounds: list[tuple[Rates, Rates]] = []
    for number in range(int(arguments[1]) if len(arguments) > 1 else ROUNDS):
        rates = {checkout: run(checkout) for checkout in ((other, ROOT) if number % 2 == 0 else (ROOT, other))}
        rounds.append((rates[other], rates[ROOT]))
    comparisons = compare(rounds)
    report(comparisons, Console())
    return 1 if any(case.is_slower for case in comparisons) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
