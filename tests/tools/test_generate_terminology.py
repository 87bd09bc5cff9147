"""The tables under gateway/fhir/terminology are what the generator makes of HL7's definitions, and nothing else."""

import gzip
import importlib.util
from pathlib import Path

import pytest

from gateway.fhir.terminology import table

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT.parent / "shared" / "fhir-r4"
TABLES = ROOT / "gateway" / "fhir" / "terminology"


@pytest.mark.skipif(not DEFINITIONS.is_dir(), reason="the HL7 definitions are not beside the checkout")
def test_the_committed_tables_are_the_generated_ones(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("generate_terminology", ROOT / "tools" / "generate_terminology.py")
    assert spec and spec.loader
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    generator.generate(DEFINITIONS, tmp_path)
    for name in (*generator.FILES.values(), generator.BINDINGS):
        made, committed = (gzip.decompress((folder / name).read_bytes()) for folder in (tmp_path, TABLES))
        assert made == committed, name


def test_the_tables_hold_what_r4_defines() -> None:
    marital = "http://hl7.org/fhir/ValueSet/marital-status"
    assert table.bindings()["Patient.maritalStatus"] == ("extensible", marital)
    assert {strength for strength, _ in table.bindings().values()} == {"extensible", "preferred"}
    assert len(table.lines("CodeSystem")) == 1063
    assert len(table.lines("ValueSet")) == 1317
    assert sum(path.stat().st_size for path in TABLES.glob("*.gz")) < 1_500_000
