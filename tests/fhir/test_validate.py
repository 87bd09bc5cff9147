"""What `validate` says of a resource with one defect: which code, on which element, and that it says nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.errors import Invalid
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import check, validate

UUID = "c757873d-ec9a-4326-a141-556f43239520"
EXTENSION = {"url": "http://x.org/e", "valueString": "x"}
ABSENT = {"extension": [EXTENSION]}


def patient(**elements: Any) -> Resource:
    return {"resourceType": "Patient", **elements}


def observation(**elements: Any) -> Resource:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **elements}


def bundle(*resources: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in resources]}


def without(resource: Resource, name: str) -> Resource:
    return {key: value for key, value in resource.items() if key != name}


def said(resource: Resource) -> list[tuple[str, str]]:
    return [(issue.code, issue.expression) for issue in validate(resource)]


VALID = {
    "a bare patient": patient(),
    "primitives": patient(id="a.b-C", active=False, birthDate="1970-02", gender="other", multipleBirthInteger=2),
    "extensions in place of a value": patient(_birthDate=ABSENT, name=[{"_family": ABSENT}]),
    "extensions beside a value": patient(birthDate="2020", _birthDate={"id": "x", **ABSENT}),
    "an element id beside a value": patient(birthDate="2020", _birthDate={"id": "x"}),
    "an element id beside a value in an array": patient(name=[{"given": ["a"], "_given": [{"id": "x"}]}]),
    "an array aligned with its extensions": patient(name=[{"given": ["a", None], "_given": [None, ABSENT]}]),
    "an array of extensions alone": patient(name=[{"_given": [ABSENT]}]),
    "an absent required value": {**without(observation(), "status"), "_status": ABSENT},
    "a choice with an absent value": observation(_valueString=ABSENT),
    "a choice and its extension": observation(valueString="x", _valueString=ABSENT),
    "a decimal": observation(valueQuantity={"value": Decimal("1.00")}),
    "an integer where a decimal may stand": observation(valueQuantity={"value": 1}),
    "a leap second": observation(effectiveDateTime="2016-12-31T23:59:60Z"),
    "nine digits of a second": observation(effectiveInstant="2016-12-31T23:59:59.123456789+14:00"),
    "a leap day": patient(birthDate="2000-02-29"),
    "a resource that is referred to": observation(
        contained=[{"resourceType": "Patient", "id": "p"}], subject={"reference": "#p"}
    ),
    "contained resources that refer to each other": observation(
        contained=[
            {"resourceType": "Patient", "id": "p", "generalPractitioner": [{"reference": "#d"}]},
            {"resourceType": "Practitioner", "id": "d"},
        ],
        subject={"reference": "#p"},
    ),
    "a contained resource that refers to its container": observation(
        contained=[{"resourceType": "RelatedPerson", "id": "p", "patient": {"reference": "#"}}]
    ),
    "references by any text that names no type": observation(subject={"reference": "urn:uuid:x"}),
    "an absolute reference": observation(subject={"reference": "https://x.org/fhir/Patient/1"}),
    "a conditional reference": observation(subject={"reference": "Patient?identifier=1"}),
    "an empty resource with text of all kinds": patient(name=[{"text": "a\tb\r\nc 山\u00a0\u200b😀"}]),
    "base64 with blanks": patient(photo=[{"contentType": "text/plain", "data": "QUJD\nREVG"}]),
    "a concept whose code is of the set": {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/1"},
        "clinicalStatus": {
            "coding": [
                {"system": "http://x.org", "code": "on"},
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"},
            ]
        },
    },
    "a currency and a MIME type, which nobody can expand": {
        "resourceType": "Basic",
        "code": {"text": "x"},
        "extension": [{"url": "http://x.org/e", "valueMoney": {"value": 1, "currency": "EUR"}}],
    },
    "parameters": {"resourceType": "Parameters", "parameter": [{"name": "x", "resource": patient()}]},
}  # fmt: skip


@pytest.mark.parametrize("resource", VALID.values(), ids=VALID)
def test_nothing_is_said_of_a_valid_resource(resource: Resource) -> None:
    assert validate(resource) == []
    check(resource)


S, V, R, I = "structure", "value", "required", "invariant"  # noqa: E741
STRUCTURE: list[tuple[Resource, str, str]] = [
    ({}, S, ""),
    ({"resourceType": "patient"}, S, ""),
    ({"resourceType": "DomainResource"}, S, ""),
    ({"resourceType": 1}, S, ""),
    ({"resourceType": ["Patient"]}, S, ""),
    (patient(foo=1), S, "Patient.foo"),
    (patient(_foo={}), S, "Patient.foo"),
    (patient(birthdate="1970"), S, "Patient.birthdate"),
    (patient(**{"x y\n": 1}), S, "Patient"),
    (patient(fhir_comments=["x"]), S, "Patient.fhir_comments"),
    (patient(name=[{"first": "x", "family": "y"}]), S, "Patient.name[0].first"),
    (observation(value="x"), S, "Observation.value"),
    (patient(gender=["male"]), S, "Patient.gender"),
    (patient(name={"family": "x"}), S, "Patient.name"),
    (patient(name=["x"]), S, "Patient.name[0]"),
    (patient(maritalStatus="M"), S, "Patient.maritalStatus"),
    (patient(telecom=[]), S, "Patient.telecom"),
    (patient(name=[{}]), S, "Patient.name[0]"),
    (patient(name=[None]), S, "Patient.name[0]"),
    (patient(name=[{"given": [None]}]), S, "Patient.name[0].given[0]"),
    (patient(gender=None), S, "Patient.gender"),
    (patient(meta=None), S, "Patient.meta"),
    (patient(_birthDate="x"), S, "Patient.birthDate"),
    (patient(birthDate="2020", _birthDate={}), S, "Patient.birthDate"),
    (patient(birthDate="2020", _birthDate={"value": 1}), S, "Patient.birthDate.value"),
    (patient(_birthDate={"id": "x"}), I, "Patient.birthDate"),
    (patient(name=[{"given": [None], "_given": [{"id": "x"}]}]), I, "Patient.name[0].given[0]"),
    (patient(name=[{"given": ["a", None], "_given": [ABSENT, None]}]), I, "Patient.name[0].given[1]"),
    (patient(address=[{"id": "x"}]), I, "Patient.address[0]"),
    (patient(_name=[ABSENT]), S, "Patient.name"),
    (patient(name=[{"given": ["a"], "_given": [None, ABSENT]}]), S, "Patient.name[0].given"),
    (patient(name=[{"given": ["a", "b"], "_given": [ABSENT]}]), S, "Patient.name[0].given"),
    (patient(deceasedBoolean=True, deceasedDateTime="2020"), S, "Patient.deceased"),
    (patient(deceasedBoolean=True, _deceasedDateTime=ABSENT), S, "Patient.deceased"),
    (without(observation(), "code"), R, "Observation.code"),
    (without(observation(), "status"), R, "Observation.status"),
    (patient(extension=[{"valueString": "x"}]), R, "Patient.extension[0].url"),
    ({"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"display": "x"}}, R,
     "MedicationRequest.medication"),
    (observation(subject={"reference": "Medication/1"}), S, "Observation.subject"),
    (observation(subject={"reference": "http://x.org/Medication/1"}), S, "Observation.subject"),
    (patient(contained=[{"id": "x"}]), S, "Patient.contained[0]"),
    (patient(contained=[{"resourceType": "Nope", "id": "x"}]), S, "Patient.contained[0]"),
    (bundle({}), S, "Bundle.entry[0].resource"),
    (bundle(patient(x=1)), S, "Bundle.entry[0].resource.x"),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "code", "expression"), STRUCTURE)
def test_a_defect_of_structure_is_named_with_its_element(resource: Resource, code: str, expression: str) -> None:
    assert (code, expression) in said(resource)
    with pytest.raises(Invalid):
        check(resource)


PRIMITIVES: list[tuple[str, Any, list[Any]]] = [
    ("active", S, ["true", 1, 0, Decimal("1.0"), {}, []]),
    ("birthDate", V, ["", "20", "0000-01-01", "19800101", "1980/01/01", "1980-02-30", "1980-13-01"]),
    ("birthDate", V, ["1980-01-01T00:00:00Z", "1900-02-29", "80-01-01", "1980-1-1", " 1980", "1980\n", "１９８０"]),
    ("birthDate", S, [1980, True, Decimal("1980.0")]),
    ("deceasedDateTime", V, ["2020-01-01T10:00Z", "2020-01-01T10:00:00", "2020-01-01T10:00:00+1000"]),
    ("deceasedDateTime", V, ["2020-01-01T24:00:00Z", "2020-01-01 10:00:00Z", "2020-01-01T10:00:00.1234567890Z"]),
    ("deceasedDateTime", V, ["2020-01-01T10:00:00+14:01", "2020-01-01T10:00:61Z", "2020-01Z"]),
    ("deceasedDateTime", V, ["2021-02-29T10:00:00Z", "2020-01-01T10:00:00z"]),
    ("multipleBirthInteger", V, [Decimal("1.0"), 2**31, -(2**31) - 1, 10**30]),
    ("multipleBirthInteger", S, ["1", True]),
    ("id", V, ["", "a_b", "a b", "x" * 65, "é", "a/b", "a\n"]),
    ("id", S, [1]),
    ("implicitRules", V, ["", "a b", "a\u00a0b", "a\tb"]),
    ("language", V, ["", " en", "en ", "e  n", "e\tn ", "\n"]),
    ("language", S, [1, True]),
]


@pytest.mark.parametrize(
    ("name", "code", "value"), [(name, code, value) for name, code, values in PRIMITIVES for value in values]
)
def test_a_primitive_is_of_its_json_kind_and_of_its_form(name: str, code: str, value: Any) -> None:
    path = {"deceasedDateTime": "deceased.ofType(dateTime)", "multipleBirthInteger": "multipleBirth.ofType(integer)"}
    assert said(patient(**{name: value})) == [(code, f"Patient.{path.get(name, name)}")]


@pytest.mark.parametrize("text", ["", "a\x00", "a\x0b", "\x1f", "x" * (1024 * 1024 + 1)])
def test_text_without_content_with_control_characters_or_beyond_a_megabyte_is_refused(text: str) -> None:
    assert said(patient(name=[{"family": text}])) == [(V, "Patient.name[0].family")]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("Instant", ["2020-01-31T09:30:00.5Z"], ["2020", "2020-01-31", "2020-02-30T00:00:00Z", "2020-01-31T09:30:00"]),
        ("Time", ["00:00:00", "23:59:60", "12:05:01.5"], ["24:00:00", "12:05", "1:00:00", "12:00:00Z", "text"]),
        ("Oid", ["urn:oid:1.2.3"], ["1.2.3", "urn:oid:3.1", "urn:oid:1.02"]),
        ("Uuid", [f"urn:uuid:{UUID}"], [UUID, "urn:uuid:1", f"urn:uuid:{UUID.upper()}"]),
        ("PositiveInt", [1, 2**31 - 1], [0, -1, 2**31, Decimal("1.0")]),
        ("UnsignedInt", [0], [-1, Decimal("0.0")]),
        ("Decimal", [1, Decimal("1E-22"), Decimal("-0.0")], [10**400]),
        ("Base64Binary", ["QQ==", "QUJD"], ["QQ", "Q===", "!!!!", "QQ==QQ=="]),
        ("Uri", ["urn:x", "a|b", "ü"], ["a b"]),
        ("Code", ["a", "a b"], ["a ", " a", "a  b"]),
    ],
)
def test_the_forms_of_other_primitives(kind: str, good: list[Any], bad: list[Any]) -> None:
    type_ = kind[0].lower() + kind[1:]
    for value in good:
        assert said(patient(extension=[{"url": "x", f"value{kind}": value}])) == []
    for value in bad:
        assert said(patient(extension=[{"url": "x", f"value{kind}": value}])) == [
            (V, f"Patient.extension[0].value.ofType({type_})")
        ]


@pytest.mark.parametrize("value", ["1", True, {}, [1], None])
def test_a_decimal_is_a_json_number(value: Any) -> None:
    assert said(observation(valueQuantity={"value": value})) == [(S, "Observation.value.ofType(Quantity).value")]


def test_a_code_outside_its_required_value_set_is_named_with_some_of_the_set() -> None:
    (issue,) = validate(patient(gender="Male"))
    assert (issue.code, issue.expression) == ("code-invalid", "Patient.gender")
    assert "'Male'" in issue.text and "female, male, other, unknown" in issue.text


@pytest.mark.parametrize("status", [{"text": "on"}, {"coding": [{"code": "active"}]}, {"coding": [{"system": "x"}]}])
def test_a_concept_without_a_coding_of_its_required_set_is_refused(status: dict[str, Any]) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}, "clinicalStatus": status}
    assert said(allergy) == [("code-invalid", "AllergyIntolerance.clinicalStatus")]
    assert said({**allergy, "clinicalStatus": ABSENT}) == []


def test_all_issues_are_said_at_once_in_the_order_of_the_elements() -> None:
    resource = patient(active="yes", name=[{"family": 1}, {"use": "x"}], contact=[{"gender": "m"}], foo=1)
    assert said(resource) == [
        (S, "Patient.active"),
        (S, "Patient.name[0].family"),
        ("code-invalid", "Patient.name[1].use"),
        ("code-invalid", "Patient.contact[0].gender"),
        (S, "Patient.foo"),
    ]


def test_a_misspelt_element_is_answered_with_the_right_name() -> None:
    assert "'birthDate'" in validate(patient(birthdate="1970"))[0].text
    assert "valueQuantity" in validate(observation(value=1))[0].text


def test_the_type_must_be_the_one_that_is_expected() -> None:
    (issue,) = validate(patient(), type="Observation")
    assert (issue.severity, issue.code, issue.expression) == ("error", "invalid", "Patient")
    assert validate(patient(), type="Patient") == []


CONTAINED = {"resourceType": "Patient", "id": "p"}


@pytest.mark.parametrize(
    ("contained", "rule", "path"),
    [
        ([], "ref-1", "Observation.subject"),
        ([{**CONTAINED, "id": "q"}], "ref-1", "Observation.subject"),
        ([CONTAINED, {**CONTAINED, "id": "q"}], "dom-3", "Observation.contained[1]"),
        ([{**CONTAINED, "contained": [CONTAINED]}], "dom-2", "Observation.contained[0].contained"),
        ([{**CONTAINED, "meta": {"versionId": "1"}}], "dom-4", "Observation.contained[0].meta.versionId"),
        ([{**CONTAINED, "meta": {"security": [{"code": "x"}]}}], "dom-5", "Observation.contained[0].meta.security"),
        ([CONTAINED, CONTAINED], "two contained", "Observation.contained[1].id"),
        ([CONTAINED, {"resourceType": "Patient"}], "must have an id", "Observation.contained[1].id"),
        ([{**CONTAINED, "link": [{"other": {"reference": "#o"}}]}], "ref-1", "Observation.contained[0].link[0].other"),
    ],
)
def test_contained_resources_have_rules(contained: list[Resource], rule: str, path: str) -> None:
    issues = validate(observation(subject={"reference": "#p"}, contained=contained))
    assert any(rule in issue.text and issue.expression == path for issue in issues), issues


@pytest.mark.parametrize("shown", ['<img src="#p" alt="x"/>', "<img alt='x' src='#p'/>", '<a href="#&#112;">x</a>'])
def test_a_narrative_may_be_what_refers_to_a_contained_resource(shown: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">x{shown}</div>'
    assert validate(patient(contained=[CONTAINED], text={"status": "generated", "div": div})) == []
    other = div.replace("#p", "#q").replace("#&#112;", "#q")
    (issue,) = validate(patient(contained=[CONTAINED], text={"status": "generated", "div": other}))
    assert issue.text.startswith("dom-3")
    said = '<div xmlns="http://www.w3.org/1999/xhtml">#p src=#p</div>'
    (issue,) = validate(patient(contained=[CONTAINED], text={"status": "generated", "div": said}))
    assert issue.text.startswith("dom-3")


@pytest.mark.parametrize(
    ("extension", "rule"),
    [
        ({"url": "x"}, "ext-1"),
        ({"url": "x", "valueString": "x", "extension": [EXTENSION]}, "ext-1"),
        ({"id": "x"}, "ele-1"),
    ],
)
def test_an_extension_has_either_a_value_or_extensions(extension: dict[str, Any], rule: str) -> None:
    issues = validate(patient(extension=[extension]))
    assert (I, "Patient.extension[0]") in [(i.code, i.expression) for i in issues if i.text.startswith(rule)]


def test_a_huge_body_of_mistakes_is_answered_in_time() -> None:
    assert 1_000 <= len(validate(bundle(*[patient(x=1, y=2)] * 20_000))) < 1_010
