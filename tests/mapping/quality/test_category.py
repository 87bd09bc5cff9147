"""The categories of an observation."""

from typing import Any

import pytest

from gateway.mapping.quality.category import SYSTEM, category
from gateway.mapping.quality.measure import Observed
from gateway.mapping.quality.preferred import AS_SENT
from tests.mapping.quality.support import concept


def found(**node: Any) -> Any:
    return category(Observed(node, AS_SENT, {}))


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        ([concept("vital-signs", system=SYSTEM)], ["vital-signs"]),
        (concept("exam", system=SYSTEM), ["exam"]),
        ([concept("survey", "exam", system=SYSTEM), concept("exam", system=SYSTEM)], ["exam", "survey"]),
        ([{"coding": [{"code": "laboratory"}]}], ["laboratory"]),
    ],
)
def test_codes_as_sent_are_kept(sent: Any, codes: list[str]) -> None:
    assert found(category=sent, code=concept("8480-6")) == {"codes": codes}


@pytest.mark.parametrize("sent", [None, [], "lab", [concept("lab", system=SYSTEM)], [concept("exam", system="urn:x")]])
def test_without_a_code_of_hl7_the_code_of_the_observation_decides(sent: Any) -> None:
    assert found(category=sent, code=concept("8480-6")) == {"codes": ["vital-signs"], "inferred": True}


def test_an_unknown_code_has_no_category() -> None:
    assert found(code=concept("x", system="urn:local")) is None and found() is None
