"""What `url` and `url|version` mean for profiles, their bases and their value sets; what is missing is told."""

from typing import Any

import pytest

from gateway.errors import Invalid, Issue
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles, validate
from gateway.fhir.validate.profiles.registry import STRUCTURE
from tests.fhir.profile_shapes import EXAMPLE, coded, element, profile

PATIENT: Resource = {"resourceType": "Patient"}


def needs(name: str, element_: str, *, base: str = "", **more: Any) -> Resource:
    return profile(name, "Patient", element(f"Patient.{element_}", min=1), base=base and EXAMPLE + base, **more)


def judged(definitions: list[Resource], url: str = "derived", resource: Resource = PATIENT) -> list[Issue]:
    return validate(resource, profiles=Profiles(definitions), claimed=[EXAMPLE + url])


def paths(issues: list[Issue]) -> list[str]:
    return [issue.expression for issue in issues]


BASE_1 = needs("base", "gender", version="1.9.0")
BASE_2 = needs("base", "photo", version="1.10.0")


def test_a_base_is_taken_in_the_version_that_is_named() -> None:
    assert paths(judged([BASE_1, BASE_2, needs("derived", "birthDate", base="base|1.9.0")])) == [
        "Patient.gender",
        "Patient.birthDate",
    ]


def test_without_a_version_the_latest_one_is_meant() -> None:
    """1.10.0 is later than 1.9.0, and the order of the definitions does not matter."""
    assert paths(judged([BASE_2, BASE_1, needs("derived", "birthDate", base="base")])) == [
        "Patient.photo",
        "Patient.birthDate",
    ]
    assert paths(judged([BASE_2, BASE_1], "base")) == ["Patient.photo"]
    assert paths(judged([BASE_2, BASE_1], "base|1.9.0")) == ["Patient.gender"]


def test_bases_reach_up_through_several_versions() -> None:
    middle = needs("middle", "photo", base="base|1.9.0", version="3")
    found = judged([BASE_1, middle, needs("derived", "birthDate", base="middle|3")])
    assert paths(found) == ["Patient.gender", "Patient.photo", "Patient.birthDate"]


@pytest.mark.parametrize(
    ("base", "text"),
    [
        ("base|2", "only in version 1.9.0"),
        ("nowhere", "not known here"),
        ("derived", "derives from itself"),
        ("circle", "derives from itself"),
        ("elsewhere", "is not for Patient"),
        ("logical", "no constraint on a type of R4"),
    ],
)
def test_a_base_that_cannot_be_used_is_told(base: str, text: str) -> None:
    """As an error where the profile was nominated: the resource cannot be validated against it."""
    derived = needs("derived", "birthDate", base=base)
    others = [
        BASE_1,
        needs("circle", "photo", base="derived"),
        profile("elsewhere", "Observation", element("Observation.value[x]", min=1)),
        {**profile("logical", "Patient"), "derivation": "specialization"},
    ]
    told = next(issue for issue in judged([derived, *others]) if issue.code == "not-found")
    assert (told.severity, told.expression) == ("error", "Patient")
    assert text in told.text
    named: Resource = {**PATIENT, "meta": {"profile": [EXAMPLE + "derived"]}}
    claimed = validate(named, profiles=Profiles([derived, *others]))
    told = next(issue for issue in claimed if issue.code == "not-found")
    assert told.severity == "warning" and text in told.text
    assert "Patient.birthDate" in paths(claimed)  # what the profile itself asks for still holds


def test_a_base_of_r4_in_another_version_is_told() -> None:
    fitting = profile("derived", "Patient", element("Patient.gender", min=1), base=STRUCTURE + "Patient|4.0.1")
    assert paths(judged([fitting])) == ["Patient.gender"]
    (told, _) = judged([{**fitting, "baseDefinition": STRUCTURE + "Patient|5.0.0"}])
    assert (told.code, told.severity) == ("not-found", "error")
    (told, _) = judged([{**fitting, "baseDefinition": STRUCTURE + "Observation"}])
    assert "is not for Patient" in told.text


def test_a_snapshot_needs_no_base() -> None:
    complete = profile("derived", "Patient", element("Patient.gender", min=1), base=EXAMPLE + "no", view="snapshot")
    assert paths(judged([complete])) == ["Patient.gender"]


def test_constraints_of_a_base_hold_beside_those_of_the_derived_profile() -> None:
    def rule(key: str, expression: str) -> dict[str, Any]:
        return {"key": key, "severity": "error", "human": key, "expression": expression}

    base = profile("base", "Patient", element("Patient.name", constraint=[rule("a", "family.exists()")]))
    ours = element("Patient.name", constraint=[rule("b", "given.exists()")])
    issues = judged(
        [base, profile("derived", "Patient", ours, base=EXAMPLE + "base")],
        resource={**PATIENT, "name": [{"text": "x"}]},
    )
    assert [issue.text[:2] for issue in issues] == ["a:", "b:"]


def test_a_profile_for_another_type_is_an_error_and_one_for_a_supertype_is_not() -> None:
    (issue,) = judged([profile("derived", "Observation")])
    assert (issue.severity, issue.code) == ("error", "structure")
    (issue,) = validate(PATIENT, profiles=Profiles(), claimed=[STRUCTURE + "Observation"])
    assert (issue.severity, issue.code) == ("error", "structure")
    assert validate(PATIENT, profiles=Profiles(), claimed=[STRUCTURE + "Patient|4.0.1"]) == []
    of_all = profile("derived", "DomainResource", element("DomainResource.language", min=1))
    assert paths(judged([of_all])) == ["Patient.language"]


@pytest.mark.parametrize("url", [EXAMPLE + "none", EXAMPLE + "base|7", STRUCTURE + "Patient|5.0.0"])
def test_a_nominated_profile_that_is_not_known_is_an_error_whatever_else_is_wrong(url: str) -> None:
    profiles = Profiles([BASE_1])
    for resource in (PATIENT, {**PATIENT, "surname": "x"}):
        told = [one for one in validate(resource, profiles=profiles, claimed=[url]) if one.code == "not-found"]
        assert [(one.severity, url in one.text) for one in told] == [("error", True)]


def test_a_profile_of_a_type_that_is_not_known_is_told_where_it_matters() -> None:
    typed = element("Patient.name", type=[{"code": "HumanName", "profile": [EXAMPLE + "name|1"]}])
    derived = profile("derived", "Patient", typed)
    assert judged([derived]) == []
    (told,) = judged([derived], resource={**PATIENT, "name": [{"text": "x"}, {"text": "y"}]})
    assert (told.severity, told.code, told.expression) == ("warning", "not-found", "Patient.name[0]")
    name = profile("name", "HumanName", element("HumanName.family", min=1), version="1")
    assert paths(judged([derived, name], resource={**PATIENT, "name": [{"text": "x"}]})) == ["Patient.name[0].family"]
    other = {**name, "version": "2"}
    (told,) = judged([derived, other], resource={**PATIENT, "name": [{"text": "x"}]})
    assert told.code == "not-found" and "only in version 2" in told.text


def test_an_extension_whose_profile_is_not_known_is_told() -> None:
    slicing = {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}
    of = {"code": "Extension", "profile": [EXAMPLE + "mark"]}
    derived = profile(
        "derived",
        "Patient",
        element("Patient.extension", slicing=slicing),
        element("Patient.extension:mark", type=[of]),
    )
    marked: Resource = {**PATIENT, "extension": [{"url": EXAMPLE + "mark", "valueCode": "x"}]}
    (told,) = judged([derived], resource=marked)
    assert (told.severity, told.code, told.expression) == ("warning", "not-found", "Patient.extension[0]")
    definition = profile("mark", "Extension", element("Extension.value[x]", type=[{"code": "string"}]))
    (issue,) = judged([derived, definition], resource=marked)
    assert (issue.code, issue.expression) == ("structure", "Patient.extension[0].value.ofType(code)")


def test_simple_quantity_is_known() -> None:
    simple = [{"code": "Quantity", "profile": [STRUCTURE + "SimpleQuantity"]}]
    derived = profile("derived", "Observation", element("Observation.value[x]", type=simple))
    observation: Resource = {"resourceType": "Observation", "status": "final", "code": coded("1-8")}
    (issue,) = judged([derived], resource={**observation, "valueQuantity": {"value": 1, "comparator": "<"}})
    assert issue.text.startswith("sqty-1")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (element("Patient.gander", min=1), "Patient.gander, which is no element of Patient in R4"),
        (element("Patient.name:a/b", min=1), "the slice of a slice Patient.name:a/b"),
        (
            element("Patient.name", constraint=[{"key": "k", "severity": "error", "human": "x"}]),
            "the rule k, which has no FHIRPath expression",
        ),
        (
            element("Patient.managingOrganization", type=[{"code": "Reference", "aggregation": ["contained"]}]),
            "that the target must be contained",
        ),
    ],
)
def test_what_a_profile_asks_and_nobody_evaluates_is_told(asked: dict[str, Any], text: str) -> None:
    resource: Resource = {**PATIENT, "name": [{"text": "x"}], "managingOrganization": {"reference": "Organization/1"}}
    told = [one for one in judged([profile("derived", "Patient", asked)], resource=resource) if one.code != "required"]
    assert [(one.severity, one.code) for one in told] == [("warning", "not-supported")]
    assert text in told[0].text


def test_a_rule_with_the_key_of_one_of_r4_is_evaluated() -> None:
    asked = {"key": "pat-1", "severity": "error", "human": "a name", "expression": "name.exists()"}
    derived = profile("derived", "Patient", element("Patient.contact", constraint=[asked]))
    (issue,) = judged([derived], resource={**PATIENT, "contact": [{"address": {"text": "x"}}]})
    assert (issue.code, issue.expression) == ("invariant", "Patient.contact[0]")


@pytest.mark.parametrize(
    ("expression", "broken"),
    [
        ("extension('urn:x').exists()", [False, False, True]),
        ("hasValue()", [False, True, False]),
        ("$this >= @1950", [False, False, False]),
        ("$this >= @2000", [True, False, True]),
    ],
)
def test_a_rule_on_a_primitive_sees_its_value_and_its_extensions(expression: str, broken: list[bool]) -> None:
    rule = {"key": "k", "severity": "error", "human": "x", "expression": expression}
    derived = profile("derived", "Patient", element("Patient.birthDate", constraint=[rule]))
    marked = {"extension": [{"url": "urn:x", "valueCode": "y"}]}
    resources = [
        {**PATIENT, "birthDate": "1970", "_birthDate": marked},
        {**PATIENT, "_birthDate": marked},
        {**PATIENT, "birthDate": "1970"},
    ]
    assert [bool(judged([derived], resource=one)) for one in resources] == broken


def test_what_refers_to_an_element_is_asked_the_same() -> None:
    asked = [
        element("Questionnaire.item.text", min=1),
        element("Questionnaire.item.item", contentReference="#Questionnaire.item"),
    ]
    derived = profile("derived", "Questionnaire", *asked, view="snapshot")
    inner = {"linkId": "2", "type": "group", "item": [{"linkId": "3", "type": "string"}]}
    questionnaire: Resource = {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [{"linkId": "1", "type": "group", "text": "x", "item": [inner]}],
    }
    assert paths(judged([derived], resource=questionnaire)) == [
        "Questionnaire.item[0].item[0].text",
        "Questionnaire.item[0].item[0].item[0].text",
    ]


def test_a_profile_that_names_itself_and_resources_that_refer_to_each_other_come_to_an_end() -> None:
    itself = profile("derived", "Patient", element("Patient.gender", min=1))
    itself["differential"]["element"][0]["type"] = [{"code": "Patient", "profile": [itself["url"]]}]
    assert paths(judged([itself])) == ["Patient.gender"]

    of = [{"code": "Reference", "targetProfile": [EXAMPLE + "derived"]}]
    member = profile(
        "derived",
        "Observation",
        element("Observation.hasMember", slicing={"discriminator": [{"type": "profile", "path": "resolve()"}]}),
        element("Observation.hasMember:ours", type=of, max="1"),
    )

    def observation(id_: str, *members: str) -> Resource:
        refers = [{"reference": f"#{one}"} for one in members]
        return {"resourceType": "Observation", "id": id_, "status": "final", "code": {"text": "x"}, "hasMember": refers}

    inner = [observation("a", "b"), observation("b", "a")]
    (issue,) = [
        one
        for one in judged([member], resource={**observation("o", "a", "b"), "contained": inner})
        if one.severity == "error"
    ]
    assert (issue.code, issue.expression) == ("structure", "Observation.hasMember[1]")


def test_a_long_line_of_bases_is_cut_with_a_word() -> None:
    line = [needs(f"p{number}", "gender", base=f"p{number + 1}") for number in range(1_000)]
    (told, *_) = judged(line, "p0")
    assert (told.severity, told.code) == ("error", "not-found") and "more than 64" in told.text


def test_a_slice_that_refers_to_what_it_is_in_comes_to_an_end() -> None:
    asked = [
        element("Questionnaire.item", slicing={"discriminator": [{"type": "value", "path": "$this"}]}),
        element("Questionnaire.item:a", max="1"),
        element("Questionnaire.item:a.item"),
        element("Questionnaire.item:a.item.item", contentReference="#Questionnaire.item:a.item"),
    ]
    item = {"linkId": "1", "type": "group", "item": [{"linkId": "2", "type": "string"}]}
    questionnaire: Resource = {"resourceType": "Questionnaire", "status": "draft", "item": [item]}
    told = judged([profile("derived", "Questionnaire", *asked, view="snapshot")], resource=questionnaire)
    assert [one.code for one in told] == ["not-supported"]


def test_an_element_without_a_value_has_not_the_fixed_one() -> None:
    derived = profile("derived", "Patient", element("Patient.gender", fixedCode="male"))
    absent = {"extension": [{"url": STRUCTURE + "data-absent-reason", "valueCode": "unknown"}]}
    (issue,) = judged([derived], resource={**PATIENT, "_gender": absent})
    assert (issue.code, issue.expression) == ("value", "Patient.gender")


def test_a_profile_among_stored_ones_that_cannot_be_read_harms_only_those_who_use_it() -> None:
    broken = profile("broken", "Patient", element("Patient.name", max="many"))
    profiles = Profiles([BASE_1]).extended([broken])
    assert paths(validate(PATIENT, profiles=profiles, claimed=[EXAMPLE + "base"])) == ["Patient.gender"]
    with pytest.raises(Invalid, match="broken"):
        validate(PATIENT, profiles=profiles, claimed=[EXAMPLE + "broken"])
