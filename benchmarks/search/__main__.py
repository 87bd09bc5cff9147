"""`make bench-search`: p50 and p95 of each kind of search at each scale, beside the raw limit; what does not stay flat.

    python -m benchmarks.search [PATIENTS,…] [--explain] [--only PART]

Prints tables, writes benchmarks/search-results.json. `--explain` also says how MongoDB answered the kinds that were
slow at the largest scale. `--only` measures the kinds whose name has PART in it.
"""

import argparse
import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.search import report
from benchmarks.search.measure import KINDS, Scale, measure

RESULTS = Path(__file__).parents[1] / "search-results.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.search")
    parser.add_argument("patients", nargs="?", default="1000,10000,100000")
    parser.add_argument("--only", default="")
    parser.add_argument("--explain", action="store_true")
    arguments = parser.parse_args()
    kinds = [kind for kind in KINDS if arguments.only in kind]
    scales: list[Scale] = []
    for patients in arguments.patients.split(","):
        scales.append(_scale(int(patients), kinds, arguments.explain))
        RESULTS.write_text(json.dumps([asdict(scale) for scale in scales], indent=2) + "\n")
    report.show(scales, Console(width=160))


def _scale(patients: int, kinds: list[str], explain: bool) -> Scale:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        return asyncio.run(measure(Path(folder), patients, kinds, explaining=explain))


if __name__ == "__main__":
    main()
