"""Bindings of profiles on every type that can have one, by themselves and as discriminators of slices."""

from typing import Any

import pytest

from gateway.errors import Issue
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, validate
from tests.fhir.profile_shapes import EXAMPLE, by, element, profile

SYSTEM = EXAMPLE + "cs"
CODES = ["a", "urn:a", "mg"]
SYSTEMS: Resource = {
    "resourceType": "CodeSystem",
    "url": SYSTEM,
    "status": "active",
    "content": "complete",
    "concept": [{"code": code} for code in CODES],
}
KNOWN: Resource = {
    "resourceType": "ValueSet",
    "url": EXAMPLE + "vs",
    "version": "1",
    "status": "active",
    "compose": {"include": [{"system": SYSTEM}]},
}
LISTED: Resource = {
    "resourceType": "ValueSet",
    "url": EXAMPLE + "listed",
    "status": "active",
    "compose": {
        "include": [
            {"system": "http://snomed.info/sct", "concept": [{"code": "1"}]},
            {"system": "http://snomed.info/sct", "filter": [{"property": "concept", "op": "is-a", "value": "2"}]},
            {"system": SYSTEM},
        ]
    },
}
DEFINITIONS = [SYSTEMS, KNOWN, LISTED]


def bound(type_: str, path: str, value_set: str = "vs", strength: str = "required") -> Resource:
    binding = {"strength": strength, "valueSet": EXAMPLE + value_set}
    return profile("bound", type_, element(path, binding=binding))


def judged(definition: Resource, resource: Resource) -> list[Issue]:
    return validate(resource, profiles=Profiles([*DEFINITIONS, definition]), claimed=[definition["url"]])


def patient(**elements: Any) -> Resource:
    return {"resourceType": "Patient", **elements}


def observation(**elements: Any) -> Resource:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **elements}


def questionnaire(code: dict[str, Any]) -> Resource:
    return {"resourceType": "Questionnaire", "status": "draft", "code": [code]}


def quantity(**elements: Any) -> Resource:
    return observation(valueQuantity={"value": 1, **elements})


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        ("Patient.language", patient(language="mg"), patient(language="de")),
        ("Patient.address.state", patient(address=[{"state": "a"}]), patient(address=[{"state": "A"}])),
        ("Patient.identifier.system", patient(identifier=[{"system": "urn:a"}]), patient(identifier=[{"system": "x"}])),
        ("Patient.implicitRules", patient(implicitRules="urn:a"), patient(implicitRules="urn:b")),
        ("Patient.meta.profile", patient(meta={"profile": ["urn:a"]}), patient(meta={"profile": ["urn:b"]})),
        ("Questionnaire.code", questionnaire({"system": SYSTEM, "code": "a"}),
         questionnaire({"system": "urn:x", "code": "a"})),
        ("Questionnaire.code", questionnaire({"system": SYSTEM, "code": "a"}), questionnaire({"display": "a"})),
        ("Patient.maritalStatus", patient(maritalStatus={"coding": [{"code": "z"}, {"system": SYSTEM, "code": "a"}]}),
         patient(maritalStatus={"text": "a"})),
        ("Observation.value[x]", quantity(system=SYSTEM, code="mg"), quantity(system=SYSTEM, code="g")),
        ("Observation.valueQuantity", quantity(system=SYSTEM, code="mg"), quantity(unit="mg")),
        ("Observation.value[x]", observation(valueString="a"), observation(valueString="b")),
    ],
)  # fmt: skip
def test_required_bindings_hold_on_every_type_that_can_have_one(path: str, inside: Resource, outside: Resource) -> None:
    definition = bound(path.partition(".")[0], path)
    assert [issue for issue in judged(definition, inside) if issue.severity == "error"] == []
    errors = [issue for issue in judged(definition, outside) if issue.severity == "error"]
    assert [issue.code for issue in errors] == ["code-invalid"]
    assert EXAMPLE + "vs" in errors[0].text


def test_a_value_that_no_binding_is_about_is_left_alone() -> None:
    definition = bound("Observation", "Observation.value[x]")
    absent = {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}
    for value in ({"valueBoolean": True}, {"valueQuantity": absent}, {"_valueString": absent}):
        assert judged(definition, observation(**value)) == []


def test_an_extensible_binding_warns() -> None:
    definition = bound("Patient", "Patient.address.state", strength="extensible")
    (issue,) = judged(definition, patient(address=[{"state": "x"}]))
    assert (issue.severity, issue.code, issue.expression) == ("warning", "code-invalid", "Patient.address[0].state")
    assert (
        judged(bound("Patient", "Patient.address.state", strength="preferred"), patient(address=[{"state": "x"}])) == []
    )


def test_the_widest_value_set_of_an_extensible_binding_is_required() -> None:
    widest = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
    definition = bound("Patient", "Patient.address.state", "unheard", "extensible")
    binding = definition["differential"]["element"][1]["binding"]
    binding["extension"] = [{"url": widest, "valueCanonical": EXAMPLE + "vs"}]
    errors = [one for one in judged(definition, patient(address=[{"state": "x"}])) if one.severity == "error"]
    assert [(one.code, one.expression) for one in errors] == [("code-invalid", "Patient.address[0].state")]


@pytest.mark.parametrize("strength", ["required", "extensible"])
@pytest.mark.parametrize("value_set", ["unheard", "vs|2"])
def test_a_value_set_that_is_not_known_is_told(value_set: str, strength: str) -> None:
    definition = bound("Patient", "Patient.address.state", value_set, strength)
    (issue,) = judged(definition, patient(address=[{"state": "x"}, {"state": "x"}]))
    severity = "warning" if strength == "required" else "information"
    assert (issue.severity, issue.code, issue.expression) == (severity, "not-supported", "Patient.address[0].state")
    assert "not known here" in issue.text


@pytest.mark.parametrize(
    ("system", "code", "told"),
    [
        ("http://snomed.info/sct", "1", []),
        (SYSTEM, "a", []),
        (SYSTEM, "b", [("error", "code-invalid")]),
        ("http://loinc.org", "1-8", [("error", "code-invalid")]),
        ("http://snomed.info/sct", "3", [("warning", "not-supported")]),
    ],
)
def test_a_value_set_that_cannot_be_expanded_still_decides_what_it_can(
    system: str, code: str, told: list[tuple[str, str]]
) -> None:
    definition = bound("Patient", "Patient.maritalStatus", "listed")
    issues = judged(definition, patient(maritalStatus={"coding": [{"system": system, "code": code}]}))
    assert [(one.severity, one.code) for one in issues] == told


def test_a_code_without_a_system_is_looked_for_in_each_system_of_the_value_set() -> None:
    definition = bound("Patient", "Patient.address.state", "listed")
    assert judged(definition, patient(address=[{"state": "1"}, {"state": "mg"}])) == []
    (issue,) = judged(definition, patient(address=[{"state": "9"}]))
    assert (issue.severity, issue.code) == ("warning", "not-supported")


# --- as discriminators


def sliced(path: str, kind: str = "value", value_set: str = "vs", **slice_: Any) -> Resource:
    binding = {"strength": "required", "valueSet": EXAMPLE + value_set}
    return profile(
        "sliced",
        "Patient",
        element("Patient.identifier", slicing=by(kind, path, **slice_)),
        element("Patient.identifier:pass", max="1"),
        element(f"Patient.identifier:pass.{path}", min=1, binding=binding),
        element("Patient.identifier:pass.period", min=1),
    )


IN, OUT = {"system": "urn:a"}, {"system": "urn:b"}
PERIOD = {"start": "2020"}


@pytest.mark.parametrize("kind", ["value", "pattern"])
def test_membership_decides_who_is_in_a_slice(kind: str) -> None:
    definition = sliced("system", kind)
    assert judged(definition, patient(identifier=[OUT, OUT, {**IN, "period": PERIOD}])) == []
    (issue,) = judged(definition, patient(identifier=[OUT, IN]))
    assert (issue.code, issue.expression) == ("required", "Patient.identifier[1].period")
    (issue,) = judged(definition, patient(identifier=[{**IN, "period": PERIOD}] * 2))
    assert (issue.code, issue.expression) == ("structure", "Patient.identifier[1]")


def test_membership_of_a_concept_decides_as_well() -> None:
    definition = sliced("type")
    known, other = ({"coding": [{"system": system, "code": "a"}]} for system in (SYSTEM, "urn:x"))
    assert judged(definition, patient(identifier=[{"type": other}, {"type": known, "period": PERIOD}])) == []
    (issue,) = judged(definition, patient(identifier=[{"type": known}]))
    assert issue.expression == "Patient.identifier[0].period"


@pytest.mark.parametrize("value_set", ["unheard", "vs|7"])
def test_a_slice_that_cannot_be_told_neither_errs_nor_keeps_silent(value_set: str) -> None:
    definition = sliced("system", value_set=value_set, rules="closed")
    (issue,) = judged(definition, patient(identifier=[IN, OUT]))
    assert (issue.severity, issue.code, issue.expression) == ("warning", "not-supported", "Patient.identifier[0]")
    assert "the slice pass of identifier, so the rules of the slice are not checked here" in issue.text
    assert f"here: the value set {EXAMPLE}{value_set}" in issue.text
    assert judged(definition, patient()) == []


def test_a_required_slice_that_cannot_be_told_is_missing_only_where_nothing_may_be_in_it() -> None:
    definition = sliced("system", value_set="unheard")
    definition["differential"]["element"][2]["min"] = 2
    assert [one.code for one in judged(definition, patient(identifier=[IN]))] == ["required", "not-supported"]
    assert [one.code for one in judged(definition, patient(identifier=[IN, OUT]))] == ["not-supported"]


def test_a_type_without_a_profile_tells_a_slice_by_profile() -> None:
    definition = profile(
        "package",
        "Bundle",
        element("Bundle.entry", slicing=by("profile", "resource", "closed")),
        element("Bundle.entry:patient", min=1),
        element("Bundle.entry:patient.resource", type=[{"code": "Patient"}]),
    )

    def package(*types: str) -> Resource:
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {"resourceType": type_}} for type_ in types],
        }

    assert judged(definition, package("Patient")) == []
    found = judged(definition, package("Basic"))
    assert {"Bundle.entry", "Bundle.entry[0]"} <= {one.expression for one in found if one.severity == "error"}


def test_a_slice_without_discriminators_is_told() -> None:
    definition = profile(
        "loose",
        "Patient",
        element("Patient.identifier", slicing={"rules": "open"}),
        element("Patient.identifier:pass", type=[{"code": "Identifier"}]),
        element("Patient.identifier:pass.period", min=1),
    )
    (issue,) = judged(definition, patient(identifier=[IN]))
    assert (issue.severity, issue.code) == ("warning", "not-supported")
