"""The laws hold: on the resources in this repository, on real ones, on whatever hypothesis makes of the definitions."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.demo.hospital import bundles
from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.mapping.proofs.laws import Proof, prove
from tests.mapping.generated import resources
from tests.mapping.support import corpus

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(ROOT.glob("mappings/golden/*.fhir.json"))


@cache
def mappings() -> Mappings:
    return Mappings.load(ROOT / "mappings")


TYPES = sorted(mappings().by_type)


def proved(*found: dict[str, Any], most: int = 8) -> Proof:
    proof = Proof()
    for number, resource in enumerate(found):
        prove(mappings().by_type[resource["resourceType"]], resource, str(number), proof, most=most)
    return proof


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name.removesuffix(".fhir.json"))
def test_every_edit_of_a_golden_resource_keeps_the_laws(case: Path) -> None:
    proof = proved(fhir_json.parse(case.read_bytes()), most=10_000)
    assert proof.violations == []
    assert proof.edits > proof.refused  # laws that hold because everything is refused prove nothing


def test_the_resources_of_the_demo_keep_the_laws() -> None:
    found = [entry["resource"] for bundle in bundles(7, 10, 300, "north") for entry in bundle["entry"]]
    proof = proved(*(one for one in found if one["resourceType"] in TYPES), most=3)
    assert proof.violations == [] and proof.resources > 200


def test_a_sample_of_real_resources_keeps_the_laws(shared: Path) -> None:
    every = [resource for number, resource in enumerate(corpus(shared)) if number % 40 == 0]
    proof = proved(*every, most=4)
    assert proof.violations == [] and proof.edits > len(every)


@pytest.mark.parametrize("type_", TYPES)
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_resource_keeps_the_laws(type_: str, data: st.DataObject) -> None:
    assert proved(data.draw(resources(type_)), most=12).violations == []
