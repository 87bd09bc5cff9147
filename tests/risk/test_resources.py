"""What is written: valid FHIR by two judges, pinned, labelled, exact."""

from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class

from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import validate
from gateway.risk import resources
from gateway.risk.assess import Assessment, assess
from gateway.risk.device import device
from tests.risk.make import NOW, body, creatinine, liver, observation, patient, quantity, vitals

EVERYTHING = [*vitals(), creatinine(), *liver(), *body()]
ASSESSMENTS = {each.score.id: each.assessment for each in assess(patient(), EVERYTHING, NOW) if each.assessment}


def written(score: str) -> dict[str, Resource]:
    each = ASSESSMENTS[score]
    built = (
        resources.observation(each),
        resources.risk_assessment(each),
        resources.provenance(each, NOW),
        device(each.score),
    )
    return {resource["resourceType"]: resource for resource in built}


def assessed(*observations: Resource, score: str = "news2") -> Assessment:
    return next(
        each.assessment for each in assess(patient(), observations, NOW) if each.score.id == score and each.assessment
    )


@pytest.mark.parametrize("score", ["news2", "ckd-epi-2021", "fib-4", "bmi"])
def test_every_resource_is_valid_for_us_and_for_fhir_resources(score: str) -> None:
    for type_, resource in written(score).items():
        sent = fhir_json.dump(resource)
        assert validate(fhir_json.parse(sent)) == []
        get_fhir_model_class(type_).model_validate_json(sent)


def test_the_basis_names_the_versions_that_were_read() -> None:
    basis = [each["reference"] for each in written("news2")["RiskAssessment"]["basis"]]
    assert basis[0] == "Patient/p1/_history/3"
    assert "Observation/p1-bp/_history/1" in basis
    assert all("/_history/" in reference for reference in basis)
    assert len(basis) == len(set(basis)) == 9


def test_points_are_an_observation_with_their_parts_and_never_a_probability() -> None:
    made = written("news2")
    observation_ = made["Observation"]
    assert observation_["valueQuantity"]["value"] == 6
    assert sum(part["valueQuantity"]["value"] for part in observation_["component"]) == 6
    assert len(observation_["component"]) == 7
    (prediction,) = made["RiskAssessment"]["prediction"]
    assert not [key for key in prediction if key.startswith("probability")]
    assert [coding["code"] for coding in prediction["qualitativeRisk"]["coding"]] == ["medium", "moderate"]


def test_a_prediction_says_for_when_it_holds() -> None:
    (news2,) = written("news2")["RiskAssessment"]["prediction"]
    assert news2["whenPeriod"] == {"start": "2026-11-22T07:30:00Z", "end": "2026-11-23T07:30:00Z"}
    (egfr,) = written("ckd-epi-2021")["RiskAssessment"]["prediction"]
    assert egfr["whenPeriod"]["start"] == egfr["whenPeriod"]["end"]


def test_the_rationale_names_each_input_its_unit_time_and_points() -> None:
    rationale = resources.rationale(ASSESSMENTS["news2"])
    assert "6 points, medium" in rationale
    assert "temperature 38.60 Cel at 2026-11-22T07:30:00Z, 1 point" in rationale
    assert "supplemental oxygen no, air (21 %)" in rationale
    fahrenheit = assessed(*vitals(temp=observation("t", "8310-5", quantity("101.48", "[degF]"))))
    assert "38.60 Cel (sent as 101.48 [degF])" in resources.rationale(fahrenheit)


def test_everything_says_that_a_machine_made_it() -> None:
    for score in ASSESSMENTS:
        made = written(score)
        for type_ in ("Observation", "RiskAssessment"):
            assert made[type_]["meta"]["security"][0]["code"] == "AIAST"
        assert made["RiskAssessment"]["performer"]["reference"] == f"Device/{made['Device']['id']}"
        targets = [each["reference"] for each in made["Provenance"]["target"]]
        assert targets == [f"{type_}/{made[type_]['id']}" for type_ in ("RiskAssessment", "Observation")]


def test_the_identifier_is_model_version_patient_and_the_hash_of_the_inputs() -> None:
    (identifier,) = written("bmi")["RiskAssessment"]["identifier"]
    model, version, subject, inputs = identifier["value"].split("|")
    assert (model, version, subject) == ("bmi", "1.0.0", "p1")
    assert inputs.startswith("sha256:")
    assert len(inputs) == len("sha256:") + 64


def test_reported_decimals_keep_their_places() -> None:
    weight = observation("w", "29463-7", quantity("72.25", "kg"))
    made = resources.observation(assessed(body()[0], weight, score="bmi"))
    assert b'"value":25.0,' in fhir_json.dump(made)
    assert made["valueQuantity"]["value"] == Decimal("25.0")
