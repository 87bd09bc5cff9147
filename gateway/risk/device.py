"""Build the Device that stands for one version of a score, by the AI Transparency on FHIR guide.

https://build.fhir.org/ig/HL7/aitransparency-ig. A Device is written once and never edited: another version of the score
is another Device.
"""

from fhir.resources.R4B.device import Device

from gateway.fhir.fhir_json import Resource
from gateway.risk.score import Score

BASE = "https://gateway.example/fhir"
_AI = "http://hl7.org/fhir/uv/aitransparency"
AI_TYPES = f"{_AI}/CodeSystem/AIdeviceTypeCS"


def device_id(score: Score) -> str:
    """Return the id of the Device of a score."""
    return f"risk-{score.id}-{score.version.replace('.', '-')}"


def device(score: Score) -> Resource:
    """Return the Device of a score."""
    built: Resource = {
        "resourceType": "Device",
        "id": device_id(score),
        "extension": [
            {
                "url": f"{_AI}/StructureDefinition/aitransparency.AIKind",
                "valueCodeableConcept": {"coding": [{"system": AI_TYPES, "code": "Rule-Based-Systems"}]},
            }
        ],
        "identifier": [{"system": f"{BASE}/risk-model", "value": f"{score.id}|{score.version}"}],
        "status": "active",
        "manufacturer": "FHIR gateway project",
        "deviceName": [{"name": score.title, "type": "model-name"}],
        "modelNumber": score.id,
        "type": {"coding": [{"system": AI_TYPES, "code": "Artificial-Intelligence"}]},
        "version": [{"type": {"text": "model"}, "value": score.version}],
        "url": f"https://doi.org/{score.source.doi}",
        "note": [{"text": f"{score.source.citation} {score.source.licence}."}],
    }
    Device.model_validate(built)
    return built
