"""Distil gateway/mapping/quality/seen.csv: the unit in which coded observations are measured, by LOINC code.

    python tools/generate_units.py FOLDER

FOLDER holds FHIR as JSON, NDJSON, or either with .gz. A code gets the UCUM unit that more than half of its quantities
have, if that unit measures what the name of the code says ([Moles/volume] is no g/dL). Codes of loinc.csv are left out:
there a person has decided. Nothing else of the observations is kept.
"""

import gzip
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.fhir import fhir_json
from gateway.fhir.loinc import is_code
from gateway.fhir.ucum import dimension_code, unit
from gateway.mapping.quality.preferred import LOINC, codings
from gateway.mapping.quality.tables import rows
from gateway.mapping.quality.units import UCUM, amount

OUT = Path(__file__).parents[1] / "gateway" / "mapping" / "quality" / "seen.csv"


def generate(folder: Path, out: Path = OUT) -> None:
    units: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    for node in _measured(folder):
        quantity = node["valueQuantity"]
        code = quantity.get("code") if quantity.get("system") in UCUM else None
        for system, loinc, display, _ in codings(node.get("code")):
            if system == LOINC and is_code(loinc) and isinstance(code, str):
                units[loinc][code] += 1
                names.setdefault(loinc, display or "")
    decided = {row["code"] for row in rows("loinc.csv")}
    lines = ["code,unit,dimension,amount"]
    for loinc in sorted(units.keys() - decided, key=lambda code: (len(code), code)):
        code = _majority(units[loinc])
        measured = unit(code) if code else None
        if code and measured and _fits(names[loinc], code):
            lines.append(f"{loinc},{code},{dimension_code(measured.dimension)},{amount(code)}")
    out.write_text("\n".join(lines) + "\n", "utf-8")


def _majority(counts: Counter[str]) -> str | None:
    code, times = counts.most_common(1)[0]
    return code if times * 2 > counts.total() and unit(code) is not None else None


def _fits(name: str, code: str) -> bool:
    """Whether the unit measures what the name says: LOINC names the property in brackets."""
    named = re.search(r"\[(Moles|Mass)/", name)
    return named is None or (named[1] == "Moles") == (amount(code) != "")


def _measured(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(file for file in folder.rglob("*json*") if file.is_file() and "malformed" not in file.parts):
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for text in data.splitlines() if ".ndjson" in file.name else [data]:
            try:
                yield from _quantities(fhir_json.parse(text))
            except GatewayError:
                continue  # not FHIR


def _quantities(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if isinstance(tree.get("valueQuantity"), dict) and isinstance(tree.get("code"), dict):
            yield tree
        for value in tree.values():
            yield from _quantities(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _quantities(value)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    generate(Path(sys.argv[1]))
