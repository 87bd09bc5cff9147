"""Golden pairs: golden/<type>.<case>.fhir.json becomes <type>.<case>.document.json. A new case is two files."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gateway.fhir import json as fhir_json
from gateway.mapping import Mappings

FOLDER = Path(__file__).parents[2] / "mappings"
CASES = sorted(FOLDER.glob("golden/*.fhir.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".fhir.json"))
def test_a_resource_becomes_its_golden_document(case: Path) -> None:
    [projection] = Mappings.load(FOLDER).get(fhir_json.parse(case.read_bytes()))
    golden = case.with_name(case.name.replace(".fhir.", ".document.")).read_bytes()
    assert _exact(fhir_json.dump(projection.document)) == _exact(golden)


def test_every_mapping_has_golden_pairs() -> None:
    cases = {case.name.split(".")[0] for case in CASES}
    assert cases == {file.stem for file in FOLDER.glob("*.yaml")}


def _exact(text: bytes) -> object:
    """JSON with numbers as text, so that 1.0 and 1.00 differ."""
    return msgspec.json.Decoder(float_hook=lambda number: str(Decimal(number))).decode(text)
