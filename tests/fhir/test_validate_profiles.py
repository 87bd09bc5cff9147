"""What the profiles of profile_shapes.py say of resources with one defect."""

from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, validate
from tests.fhir.profile_shapes import CATEGORIES, DEFINITIONS, EXAMPLE, LOINC, coded, element, profile


def observation(name: str, /, **elements: Any) -> Resource:
    meta = {"profile": [EXAMPLE + name]}
    return {"resourceType": "Observation", "meta": meta, "status": "final", "code": coded("1-8"), **elements}


def patient(name: str, /, **elements: Any) -> Resource:
    return {"resourceType": "Patient", "meta": {"profile": [EXAMPLE + name]}, **elements}


def bundle(name: str, /, *resources: Resource) -> Resource:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "meta": {"profile": [EXAMPLE + name]}, "type": "collection", "entry": entries}


def marked(colour: str, **elements: Any) -> dict[str, Any]:
    return {"extension": [{"url": "urn:mark", "valueCode": colour}], **elements}


def quantity(value: int = 1) -> dict[str, Any]:
    return {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}


def part(code: str, **elements: Any) -> dict[str, Any]:
    return {"code": coded(code), "valueQuantity": quantity(), **elements}


VITAL = [{"coding": [{"system": CATEGORIES, "code": "vital-signs"}]}]
PROFILES = Profiles(DEFINITIONS)

ID = {"system": "urn:x", "value": "1"}
NEEDED = {"identifier": [ID], "birthDate": "1970"}
PARTS = [part("8480-6"), part("8462-4")]
SYSTOLIC = coded("8480-6")
NAMED = {"family": "x", "given": ["y"]}
PHONE, MAIL = {"system": "phone", "value": "1"}, {"system": "email", "value": "1"}
FORMER = {"family": "x", "period": {"end": "2000"}}


def race(*parts: Any) -> dict[str, Any]:
    return {"url": EXAMPLE + "race", "extension": list(parts)}


RACE = race({"url": "text", "valueString": "x"})
ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    "sound",
    [
        patient("needs", **NEEDED),
        patient("needs", identifier=[ID], _birthDate=ABSENT),
        observation("fixed", code={"text": "x", "coding": [{"code": "x"}, *coded("1-8")["coding"]]}),
        observation("narrow", subject={"display": "x"}),
        observation("short", valueString="x"),
        observation("vital", category=VITAL),
        observation("vital", category=[*VITAL, {"text": "x"}]),
        observation("pressure", category=VITAL, component=[*PARTS, part("1-8")]),
        patient("closed", telecom=[PHONE, MAIL, MAIL]),
        patient("at-end", name=[{"family": "x"}, FORMER, FORMER]),
        observation("by-type", valueQuantity=quantity()),
        observation("resolved", performer=[{"reference": "Organization/1"}, {"reference": "Practitioner/1"}]),
        patient("raced", extension=[RACE, {"url": "x", "valueString": "x"}]),
        bundle("document", {"resourceType": "Patient", "name": [NAMED]}, {"resourceType": "Organization", "name": "x"}),
        bundle("package", {"resourceType": "Patient", "name": [NAMED]}),
        patient("numbered", identifier=[{"system": "urn:mrn", "value": "1"}, {"system": "urn:x"}]),
        patient("marked", contact=[marked("red", name={"text": "x"}), marked("blue", name={"text": "x"})]),
        patient("bound", maritalStatus=coded("M", EXAMPLE + "status")),
        patient("ruled", name=[{"family": "x", "given": ["y"]}]),
    ],
    ids=lambda one: one["meta"]["profile"][0].rpartition("/")[2],
)  # fmt: skip
def test_what_meets_its_profile_is_left_alone(sound: Resource) -> None:
    assert validate(sound, profiles=PROFILES) == []


R, S, V = "required", "structure", "value"


@pytest.mark.parametrize(
    ("resource", "severity", "path", "text"),
    [
        (observation("narrow", subject={"reference": "Patient/1"}), "information", "Observation.subject",
         "whether the target meets"),
        (observation("about-needy", performer=[{"reference": "Patient/1"}]), "information", "Observation.performer[0]",
         "whether the target meets"),
        (observation("unheard-codes", category=VITAL), "warning", "Observation.category[0]", "in the slice one"),
        (observation("resolved", performer=[{"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}]), "warning",
         "Observation.performer[0]", "in the slice org"),
        (observation("resolved", performer=[{"display": "x"}]), "warning", "Observation.performer[0]", "in the slice"),
        (patient("bound", communication=[{"language": {"text": "x"}}]), "warning", "Patient.communication[0].language",
         EXAMPLE + "no is not known here"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_told_and_is_no_error(
    resource: Resource, severity: str, path: str, text: str
) -> None:
    (issue,) = validate(resource, profiles=PROFILES)
    assert (issue.severity, issue.code, issue.expression) == (severity, "not-supported", path)
    assert text in issue.text


@pytest.mark.parametrize(
    ("resource", "code", "path"),
    [
        (patient("needs", birthDate="1970"), R, "Patient.identifier"),
        (patient("needs", **NEEDED | {"identifier": [ID] * 3}), S, "Patient.identifier[2]"),
        (patient("needs", **NEEDED, photo=[{"title": "x"}]), S, "Patient.photo[0]"),
        (patient("needs", **NEEDED | {"identifier": [ID, {"value": "1"}]}), R, "Patient.identifier[1].system"),
        (patient("needs", identifier=[ID]), R, "Patient.birthDate"),
        (observation("fixed", status="amended"), V, "Observation.status"),
        (observation("fixed", code=coded("2-8")), V, "Observation.code"),
        (observation("narrow", valueString="x"), S, "Observation.value.ofType(string)"),
        (observation("narrow", subject={"reference": "Group/1"}), S, "Observation.subject"),
        (observation("short", valueQuantity={"value": 1, "system": "http://unitsofmeasure.org", "code": "kPa"}), V,
         "Observation.value.ofType(Quantity).code"),
        (observation("vital"), R, "Observation.category"),
        (observation("vital", category=[coded("laboratory", CATEGORIES)]), R, "Observation.category"),
        (observation("vital", category=VITAL * 2), S, "Observation.category[1]"),
        (observation("pressure", component=PARTS), R, "Observation.category"),
        (observation("pressure", category=VITAL, component=[PARTS[0], part("1-8")]), R, "Observation.component"),
        (observation("pressure", category=VITAL, component=[*PARTS, PARTS[0]]), S, "Observation.component[2]"),
        (observation("pressure", category=VITAL, component=[PARTS[1], {"code": SYSTOLIC, "valueString": "x"}]), S,
         "Observation.component[1].value.ofType(string)"),
        (observation("pressure", category=VITAL, component=[PARTS[1], {"code": SYSTOLIC}]), R,
         "Observation.component[1].value"),
        (patient("closed", telecom=[PHONE, {"system": "fax", "value": "1"}]), S, "Patient.telecom[1]"),
        (patient("closed", telecom=[MAIL, PHONE]), S, "Patient.telecom[1]"),
        (patient("at-end", name=[FORMER, {"family": "x"}]), S, "Patient.name[0]"),
        (patient("at-end", name=[{"family": "x"}, {"family": "y"}]), S, "Patient.name[1]"),
        (observation("by-type", valueString="x"), S, "Observation.value.ofType(string)"),
        (observation("by-type", valueQuantity={"value": 1}), R, "Observation.value.ofType(Quantity).unit"),
        (observation("resolved", performer=[{"reference": "Practitioner/1"}]), R, "Observation.performer"),
        (observation("unheard-codes"), R, "Observation.category"),
        (patient("raced"), R, "Patient.extension"),
        (patient("raced", extension=[RACE, RACE]), S, "Patient.extension[1]"),
        (patient("raced", extension=[race({"url": "other", "valueString": "x"})]), R, "Patient.extension[0].extension"),
        (patient("raced", extension=[race({"url": "text", "valueCode": "x"})]), S,
         "Patient.extension[0].extension[0].value.ofType(code)"),
        (bundle("document", {"resourceType": "Practitioner"}), R, "Bundle.entry"),
        (bundle("document", {"resourceType": "Patient", "name": [{"given": ["x"]}]}), "invariant",
         "Bundle.entry[0].resource.name[0]"),
        (bundle("package", {"resourceType": "Patient", "name": [{"given": ["x"]}]}), S, "Bundle.entry[0]"),
        (patient("numbered", identifier=[{"system": "urn:mrn"}]), R, "Patient.identifier[0].value"),
        (observation("about-needy", performer=[{"reference": "Practitioner/1"}]), S, "Observation.performer[0]"),
        (patient("marked", contact=[marked("blue", name={"text": "x"})]), R, "Patient.contact"),
        (patient("marked", contact=[marked("red", address={"text": "x"})]), R, "Patient.contact[0].name"),
        (patient("bound", maritalStatus=coded("X", EXAMPLE + "status")), "code-invalid", "Patient.maritalStatus"),
        (patient("bound", maritalStatus=coded("U", EXAMPLE + "status")), "code-invalid", "Patient.maritalStatus"),
        (patient("ruled", name=[{"given": ["x"]}]), "invariant", "Patient.name[0]"),
        (observation("needs"), S, "Observation"),
    ],
)  # fmt: skip
def test_what_is_against_its_profile_is_named_with_its_element(resource: Resource, code: str, path: str) -> None:
    issues = validate(resource, profiles=PROFILES)
    assert (code, path) in [(issue.code, issue.expression) for issue in issues if issue.severity == "error"]
    assert all(EXAMPLE in issue.text for issue in issues)
    assert validate(resource) == []


def test_a_rule_keeps_its_severity() -> None:
    (issue,) = validate(patient("ruled", name=[{"family": "x"}]), profiles=PROFILES)
    assert (issue.severity, issue.code, issue.expression) == ("warning", "invariant", "Patient.name[0]")


def test_a_profile_that_is_not_loaded_is_told_and_is_no_error() -> None:
    (issue,) = validate(patient("unheard-of"), profiles=PROFILES)
    assert (issue.severity, issue.code, issue.expression) == ("information", "not-found", "Patient.meta.profile")
    assert validate(patient("unheard-of")) == []


def test_an_extension_answers_to_its_loaded_definition_wherever_it_stands() -> None:
    odd = {"extension": [race({"url": "text", "valueCode": "x"})]}
    resource = {"resourceType": "Patient", "name": [{"_family": odd}]}
    (issue,) = validate(resource, profiles=PROFILES)
    assert issue.expression == "Patient.name[0].family.extension[0].extension[0].value.ofType(code)"


def test_a_loaded_extension_out_of_its_place_is_a_warning() -> None:
    outer = {"url": "urn:outer", "extension": [RACE]}
    resource = {"resourceType": "Patient", "extension": [RACE, outer], "_birthDate": {"extension": [RACE]}}
    (issue,) = validate(resource, profiles=PROFILES)
    assert (issue.severity, issue.code, issue.expression) == ("warning", "extension", "Patient.birthDate.extension[0]")


def test_resources_within_are_held_to_their_own_profiles() -> None:
    inner = patient("needs", id="p", **NEEDED | {"identifier": [{"value": "1"}]})
    outer = observation("narrow", contained=[inner], subject={"reference": "#p"})
    target, issue = validate(outer, profiles=PROFILES)
    assert issue.expression == "Observation.contained[0].identifier[0].system"
    assert (target.severity, target.expression) == ("information", "Observation.subject")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": outer}]}
    _, issue = validate(bundle, profiles=PROFILES)
    assert issue.expression == "Bundle.entry[0].resource.contained[0].identifier[0].system"


def test_a_profile_can_be_claimed_for_a_resource_that_does_not_name_it() -> None:
    issues = validate({"resourceType": "Patient"}, profiles=PROFILES, claimed=[EXAMPLE + "needs"])
    assert [issue.expression for issue in issues] == ["Patient.identifier", "Patient.birthDate"]


def test_must_support_is_told_and_is_no_fault() -> None:
    url = EXAMPLE + "needs"
    assert [(one.element, one.present) for one in PROFILES.supported(patient("needs", **NEEDED), url)] == [
        ("Patient.birthDate", True)
    ]
    assert [one.present for one in PROFILES.supported({"resourceType": "Patient"}, url)] == [False]


def test_a_snapshot_is_read_as_it_is_and_ids_are_optional() -> None:
    elements = next(one for one in DEFINITIONS if one["url"] == EXAMPLE + "pressure")["differential"]["element"]
    listed = [{key: value for key, value in one.items() if key != "id"} for one in elements]
    profiles = Profiles([profile("plain", "Observation", *listed[1:], view="snapshot")])
    assert validate(observation("plain", component=PARTS), profiles=profiles) == []
    (issue,) = validate(observation("plain", component=[PARTS[0], part("1-8")]), profiles=profiles)
    assert (issue.code, issue.expression) == (R, "Observation.component")


@pytest.mark.parametrize(
    "broken",
    [
        profile("odd", "Patient", {"min": 1}),
        profile("odd", "Patient", element("Patient.name", max="many")),
        profile("odd", "Patient", element("Patient.name", type=["x"])),
        profile("odd", "Patient", element("Patient.name", min="1")),
        profile("odd", "Patient", element("Patient.name", slicing={"discriminator": [{"type": "value"}]})),
        profile("odd", "Patient", element("Patient.name", constraint=[{"key": "x", "expression": 1}])),
        {**profile("odd", "Patient"), "differential": []},
    ],
)
def test_a_profile_that_cannot_be_read_is_refused_by_name(broken: Resource) -> None:
    with pytest.raises(Invalid, match=EXAMPLE + "odd"):
        Profiles([broken])


@pytest.mark.parametrize("compose", [{"include": [{}]}, {"include": [{"system": LOINC}]}, {"include": [1]}, []])
def test_a_binding_to_a_value_set_that_cannot_be_read_is_told(compose: Any) -> None:
    value_set = {"resourceType": "ValueSet", "url": EXAMPLE + "odd", "compose": compose}
    binding = {"strength": "required", "valueSet": EXAMPLE + "odd"}
    profiles = Profiles([profile("odd", "Patient", element("Patient.maritalStatus", binding=binding)), value_set])
    (issue,) = validate(patient("odd", maritalStatus=coded("M")), profiles=profiles)
    assert (issue.severity, issue.code, issue.expression) == ("warning", "not-supported", "Patient.maritalStatus")
