"""Any resource type can be mapped, element by element, from what docs/reference/mapping-language.md says; and the laws
hold for it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.fhir import r4
from gateway.mapping import Mappings
from gateway.mapping.proofs.laws import Proof, prove
from tests.mapping.everything import mapping
from tests.mapping.generated import resources


@pytest.mark.parametrize("type_", sorted(r4.resource_types()))
def test_every_element_of_any_resource_type_is_mapped_there_and_back(tmp_path: Path, type_: str) -> None:
    (tmp_path / "m.yaml").write_text(mapping(type_), "utf-8")
    found = Mappings.load(tmp_path).by_type[type_]

    # Without shrinking: resources of many elements shrink for minutes, and the label of a violation says enough.
    @settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def proved(data: st.DataObject) -> None:
        proof = Proof()
        prove(found, data.draw(resources(type_)), type_, proof, most=6)
        assert proof.violations == []

    proved()
