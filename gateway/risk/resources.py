"""Build the Observation, RiskAssessment and Provenance of an assessment (for its Device, see `device`).

For the shapes and their reasons, see docs/explanation/risk-scores.md. fhir.resources validates what is built; its own
output is not used,
because it would turn 19.00 into 19.0. Points are never a probability: totals go into the Observation, bands into
qualitativeRisk.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.provenance import Provenance
from fhir.resources.R4B.riskassessment import RiskAssessment

from gateway.fhir import dates
from gateway.fhir.fhir_json import Resource
from gateway.risk.assess import Assessment
from gateway.risk.device import AI_TYPES, BASE, device_id
from gateway.risk.inputs import UCUM
from gateway.risk.readings import InputReading
from gateway.risk.score import Coding

RUNS = f"{BASE}/risk-run"
AIAST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def run_identifier(assessment: Assessment) -> str:
    """Return model | version | patient | SHA-256 of the inputs: the same inputs are the same run."""
    score = assessment.score
    return f"{score.id}|{score.version}|{assessment.person.id}|sha256:{assessment.inputs_hash}"


def run_id(assessment: Assessment) -> str:
    """Return the id that the three resources of a run share."""
    return f"{assessment.score.id}-{hashlib.sha256(run_identifier(assessment).encode()).hexdigest()[:40]}"


def observation(assessment: Assessment) -> Resource:
    """Build the Observation of the value, with a component for each sub-score of a total of points."""
    score, result = assessment.score, assessment.result
    built: Resource = {
        **_head("Observation", assessment),
        "status": "final",
        "category": [{"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": score.category}]}],
        "code": {"coding": [_coding(code) for code in score.code], "text": score.title},
        "subject": {"reference": f"Patient/{assessment.person.id}"},
        "effectiveDateTime": assessment.when,
        "valueQuantity": _quantity(result.value, score.unit),
        "interpretation": [{"coding": [_band(assessment)], "text": result.band.text}],
        "method": _method(assessment),
        "device": {"reference": f"Device/{device_id(score)}"},
        "derivedFrom": [{"reference": pin} for pin in _pins(assessment)],
    }
    if result.parts:
        built["component"] = [_component(dict(score.parts)[part.input], part.points) for part in result.parts]
    Observation.model_validate(built)
    return built


def risk_assessment(assessment: Assessment) -> Resource:
    """Build the RiskAssessment."""
    score, band = assessment.score, assessment.result.band
    codings = [_band(assessment)]
    if band.probability:
        codings.append({"system": f"{_TERMINOLOGY}/risk-probability", "code": band.probability})
    prediction = {
        "outcome": {"text": score.outcome},
        "qualitativeRisk": {"coding": codings, "text": band.text},
        "whenPeriod": {"start": assessment.when, "end": _later(assessment.when, score.horizon)},
        "rationale": rationale(assessment),
    }
    built: Resource = {
        **_head("RiskAssessment", assessment),
        "status": "final",
        "method": _method(assessment),
        "code": {"coding": [_coding(code) for code in score.code], "text": score.title},
        "subject": {"reference": f"Patient/{assessment.person.id}"},
        "occurrenceDateTime": assessment.when,
        "performer": {"reference": f"Device/{device_id(score)}"},
        "basis": [{"reference": pin} for pin in _basis(assessment)],
        "prediction": [prediction],
        "note": [{"text": text} for text in (*score.notes, f"Source: {score.source.citation} {score.source.licence}.")],
    }
    RiskAssessment.model_validate(built)
    return built


def provenance(assessment: Assessment, recorded: datetime) -> Resource:
    """Build the Provenance."""
    run = run_id(assessment)
    built: Resource = {
        "resourceType": "Provenance",
        "id": run,
        "target": [{"reference": f"RiskAssessment/{run}"}, {"reference": f"Observation/{run}"}],
        "occurredDateTime": assessment.when,
        "recorded": dates.format_instant(recorded),
        "policy": [f"{BASE}/policy/risk-scoring"],
        "reason": [{"coding": [AIAST]}],
        "activity": {"coding": [{"system": f"{_TERMINOLOGY}/v3-DataOperation", "code": "CREATE"}]},
        "agent": [
            {
                "type": {"coding": [{"system": f"{_TERMINOLOGY}/provenance-participant-type", "code": "author"}]},
                "role": [{"coding": [{"system": AI_TYPES, "code": "Artificial-Intelligence"}]}],
                "who": {"reference": f"Device/{device_id(assessment.score)}"},
            }
        ],
        "entity": [{"role": "source", "what": {"reference": pin}} for pin in _sources(assessment)],
    }
    Provenance.model_validate(built)
    return built


def rationale(assessment: Assessment) -> str:
    """Explain the result in words: the result, then each input as its source wrote it, its time and its points."""
    score, result = assessment.score, assessment.result
    points = {part.input: part.points for part in result.parts}
    labels = {need.input.name: need.input.label for need in score.needs}
    inputs = [_said(reading, labels[reading.input], points.get(reading.input)) for reading in assessment.readings]
    if assessment.age is not None:
        inputs.append(f"age {assessment.age} years")
    if assessment.sex is not None:
        inputs.append(assessment.sex)
    unit = " points" if result.parts else f" {score.unit}".removesuffix(" {score}")
    return f"{score.title}: {result.value}{unit}, {result.band.text}. From {'; '.join(inputs)}."


def _said(reading: InputReading, label: str, points: int | None) -> str:
    if isinstance(reading.value, bool):
        what = f"{'yes' if reading.value else 'no, air'} ({reading.said})"
    elif reading.unit and reading.said.split(" ")[-1] != reading.unit:
        what = f"{round(reading.value, 2)} {reading.unit} (sent as {reading.said})"
    else:
        what = reading.said
    return f"{label} {what} at {reading.when}" + ("" if points is None else f", {points} point{'s' * (points != 1)}")


def _head(type_: str, assessment: Assessment) -> Resource:
    return {
        "resourceType": type_,
        "id": run_id(assessment),
        "meta": {"security": [AIAST]},
        "identifier": [{"system": RUNS, "value": run_identifier(assessment)}],
    }


def _pins(assessment: Assessment) -> list[str]:
    """Return the versions of the source Observations, each once (both values of a panel come from one)."""
    return list(dict.fromkeys(reading.source.pinned for reading in assessment.readings))


def _sources(assessment: Assessment) -> list[str]:
    return [assessment.person.source.pinned, *_pins(assessment)]


def _basis(assessment: Assessment) -> list[str]:
    # The run's Observation is always its version 1: whatever follows there is a retraction or the same content again.
    return [*_sources(assessment), f"Observation/{run_id(assessment)}/_history/1"]


def _method(assessment: Assessment) -> dict[str, Any]:
    score = assessment.score
    coding = {"system": f"{BASE}/CodeSystem/risk-model", "version": score.version, "code": score.id}
    return {"coding": [coding], "text": f"{score.title}, version {score.version}"}


def _band(assessment: Assessment) -> dict[str, str]:
    return {"system": f"{BASE}/CodeSystem/{assessment.score.id}-band", "code": assessment.result.band.code}


def _coding(coding: Coding) -> dict[str, str]:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _component(code: Coding, points: int) -> dict[str, Any]:
    return {"code": {"coding": [_coding(code)]}, "valueQuantity": _quantity(Decimal(points), "{score}")}


def _quantity(value: Decimal, code: str) -> dict[str, Any]:
    return {"value": value, "unit": code.strip("{}") if code == "{score}" else code, "system": UCUM, "code": code}


def _later(when: str, horizon: timedelta) -> str:
    """Return `when` plus the horizon. A state has no horizon, unlike a forecast, and keeps its precision."""
    if not horizon:
        return when
    return (dates.parse_instant(when) + horizon).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
