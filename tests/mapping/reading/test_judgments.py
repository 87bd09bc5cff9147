"""What the resource as a whole takes from the judgements of its parts."""

from typing import Any

import pytest

from gateway import shipped
from gateway.mapping import Mappings
from gateway.mapping.trace import trace

MAPPINGS = Mappings.load(shipped.mappings())
SYSTOLIC = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}


def document(status: str, **more: Any) -> dict[str, Any]:
    [projection] = MAPPINGS.get({**resource(status), **more})
    return projection.document


def resource(status: str) -> dict[str, Any]:
    quantity = {"value": 250, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": status,
        "code": SYSTOLIC,
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-01-01",
        "valueQuantity": {**quantity, "unit": "mmHg"},
        "component": [{"code": SYSTOLIC, "valueQuantity": {**quantity, "unit": "mmHg"}}, {"code": SYSTOLIC}],
    }


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_result_that_does_not_count_is_kept_and_not_judged(status: str) -> None:
    counted, retracted = document("final"), document(status)
    assert counted["measured"]["number"] == 250 and counted["label"]["level"] == "critical-high"
    assert "exact" in counted["fingerprint"] and counted["components"][0]["measured"]["number"] == 250
    assert not retracted.keys() & {"measured", "label", "fingerprint"}
    assert [part.keys() & {"measured", "label"} for part in retracted["components"]] == [set(), set()]
    assert retracted["value"] == counted["value"] and len(retracted["components"]) == 2


def test_findings_about_the_value_of_a_result_that_does_not_count_are_none() -> None:
    implausible = {"valueQuantity": {"value": 2500, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}
    assert [found["rule"] for found in document("final", **implausible)["quality"]] == ["value.implausible"]
    assert "quality" not in document("cancelled", **implausible)


def test_the_trace_shows_what_the_document_holds() -> None:
    shown = {reading.field for reading in trace(MAPPINGS.by_type["Observation"], resource("entered-in-error"))}
    assert "value" in shown and "measured" not in shown and "components[0].label" not in shown


@pytest.mark.parametrize("status", [7, ["cancelled"], None])
def test_a_status_that_is_no_text_is_no_status(status: Any) -> None:
    assert document(status)["measured"]["number"] == 250


CHILD = {
    "contained": [{"resourceType": "Patient", "id": "c", "birthDate": "2020-01-01"}],
    "subject": {"reference": "#c"},
    "effectiveDateTime": "2026-01-01",
}


def test_the_limits_of_adults_judge_no_component_of_a_child() -> None:
    adult, child = document("final"), document("final", **CHILD)
    assert adult["components"][0]["label"]["for"] == "adults"
    assert "label" not in child and "label" not in child["components"][0]
    assert child["components"][0]["measured"]["number"] == 250


def test_the_range_of_the_laboratory_judges_the_component_of_a_child() -> None:
    part = {**resource("final")["component"][0], "referenceRange": [{"low": {"value": 80}, "high": {"value": 120}}]}
    adult, child = (document("final", component=[part], **more)["components"][0]["label"] for more in ({}, CHILD))
    assert (adult["level"], child["level"], child["high"]) == ("critical-high", "high", 120)
    assert "for" not in child and child["by"] == "reference range"
