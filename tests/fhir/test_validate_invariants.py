from collections.abc import Iterator
from typing import Any

import pytest

from gateway.fhir import path, r4
from gateway.fhir.validate import native, validate
from gateway.fhir.validate.invariants import SKIPPED

QUANTITY = {"value": 1, "unit": "g", "system": "http://unitsofmeasure.org", "code": "g"}


def observation(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"coding": [{"code": "x"}]}, **elements}


def bundle(type_: str, *entries: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries), **elements}


def said(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.text.split(":")[0], issue.expression) for issue in validate(resource)]


def patient(**elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **elements}


PROBLEM = {"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}
NO_SYSTEM = {"value": 1, "code": "g"}
EXTENSION = {"url": "x", "valueQuantity": NO_SYSTEM}
YOUNG = {"url": "x", "valueAge": {**QUANTITY, "value": -1}}
POST = {"method": "POST", "url": "Patient"}
ANSWER = {"response": {"status": "200"}}
SAME = {"fullUrl": "urn:x:1", "resource": patient()}
BREACHES: list[tuple[str, str, dict[str, Any]]] = [
    ("obs-6", "Observation", observation(valueString="x", dataAbsentReason={"text": "x"})),
    ("obs-7", "Observation", observation(valueString="x", component=[{"code": {"coding": [{"code": "x"}]}}])),
    ("obs-3", "Observation.referenceRange[1]", observation(referenceRange=[{"text": "x"}, {"type": {"text": "x"}}])),
    ("qty-3", "Observation.value.ofType(Quantity)", observation(valueQuantity=NO_SYSTEM)),
    (
        "qty-3",
        "Observation.component[0].value.ofType(Quantity)",
        observation(component=[{"code": {"text": "x"}, "valueQuantity": NO_SYSTEM}]),
    ),
    (
        "qty-3",
        "Patient.birthDate.extension[0].value.ofType(Quantity)",
        patient(birthDate="2020", _birthDate={"extension": [EXTENSION]}),
    ),
    (
        "qty-3",
        "Bundle.entry[0].resource.value.ofType(Quantity)",
        bundle("collection", {"resource": observation(valueQuantity=NO_SYSTEM)}),
    ),
    (
        "sqty-1",
        "Observation.referenceRange[0].low",
        observation(referenceRange=[{"low": {**QUANTITY, "comparator": "<"}}]),
    ),
    (
        "per-1",
        "Observation.effective.ofType(Period)",
        observation(effectivePeriod={"start": "2020-02", "end": "2020-01"}),
    ),
    ("age-1", "Patient.extension[0].value.ofType(Age)", patient(extension=[YOUNG])),
    ("pat-1", "Patient.contact[0]", patient(contact=[{"gender": "male"}])),
    ("cpt-2", "Patient.telecom[0]", patient(telecom=[{"value": "1"}])),
    ("bdl-1", "Bundle", bundle("batch", {"resource": patient(), "request": POST}, total=1)),
    ("bdl-3", "Bundle.entry[0].request", bundle("searchset", {"resource": patient(), "request": POST})),
    ("bdl-3", "Bundle.entry[0].request", bundle("transaction", {"resource": patient()})),
    ("bdl-2", "Bundle.entry[0].search", bundle("collection", {"resource": patient(), "search": {"mode": "match"}})),
    ("bdl-4", "Bundle.entry[1].response", bundle("batch-response", ANSWER, {"resource": patient()})),
    ("bdl-4", "Bundle.entry[0].response", bundle("collection", ANSWER)),
    ("bdl-7", "Bundle.entry[1].fullUrl", bundle("collection", SAME, SAME)),
]


@pytest.mark.parametrize(("key", "expression", "resource"), BREACHES, ids=[key for key, _, _ in BREACHES])
def test_a_broken_rule_is_named_with_the_element_that_carries_it(key: str, expression: str, resource: Any) -> None:
    assert said(resource) == [("error", key, expression)]


def test_a_rule_that_is_a_warning_in_the_definitions_stays_one() -> None:
    condition = {"resourceType": "Condition", "subject": {"display": "x"}, "category": [{"coding": [PROBLEM]}]}
    assert said(condition) == [("warning", "con-3", "Condition")]


def test_a_contained_resource_is_its_own_resource() -> None:
    inner = observation(id="o", valueQuantity=NO_SYSTEM)
    outer = observation(contained=[inner], hasMember=[{"reference": "#o"}])
    assert said(outer) == [("error", "qty-3", "Observation.contained[0].value.ofType(Quantity)")]


@pytest.mark.parametrize("period", [{"start": "2020", "end": "2020-01-01"}, {"start": "2020-01-01", "end": "2020"}])
def test_dates_of_different_precision_break_no_rule(period: dict[str, str]) -> None:
    assert said(observation(effectivePeriod=period)) == []


def test_a_rule_for_one_form_of_a_choice_leaves_the_others_alone() -> None:
    assessment = {"resourceType": "RiskAssessment", "status": "final", "subject": {"display": "x"}}
    decimal = {"prediction": [{"probabilityDecimal": 1}]}
    not_percent = {"prediction": [{"probabilityRange": {"low": QUANTITY}}]}
    assert said(assessment | decimal) == []
    path_of_range = "RiskAssessment.prediction[0].probability.ofType(Range)"
    assert ("error", "ras-1", path_of_range) in said(assessment | not_percent)


def test_invariants_wait_until_the_structure_is_sound_and_can_be_left_out() -> None:
    broken = observation(valueQuantity=NO_SYSTEM)
    assert said(broken | {"foo": 1}) == [("error", "unknown element 'foo' in Observation", "Observation.foo")]
    assert validate(broken, invariants=False) == []


def rules() -> Iterator[tuple[r4.Invariant, str, bool]]:
    for name, type_ in r4.types().items():
        yield from ((rule, name, False) for rule in type_.rules)
        for element in type_.elements.values():
            yield from ((rule, code, element.choice) for rule in element.rules for code in element.types)


def test_every_rule_of_r4_is_compiled_written_in_python_or_skipped_with_a_reason() -> None:
    left_out = set()
    for rule, type_, choice in rules():
        try:
            path.compile(rule.expression, type_)
        except path.PathError:
            left_out.add((rule.key, choice))
    assert {key for key, choice in left_out if not choice} <= native.KEYS | SKIPPED.keys()
    assert {key for key, choice in left_out if choice} <= {"ras-1"}
    assert native.KEYS | SKIPPED.keys() <= {rule.key for rule, _, _ in rules()}
