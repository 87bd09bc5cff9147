"""What stands beside a primitive, or in an object, when the value it describes is edited."""

from typing import Any

import pytest

from tests.mapping.attached.support import UCUM, UNKNOWN, absent, edit, extension, german, refused, shown

AMTLICH = extension("http://fhir.de/StructureDefinition/gender-amtlich-de", valueCoding={"code": "D"})
BORN = extension("patient-birthTime", valueDateTime="1970-03-05T10:00:00+01:00")
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "gender": "other",
    "_gender": {"extension": [AMTLICH]},
    "birthDate": "1970-03-05",
    "_birthDate": {"id": "b1", "extension": [BORN, UNKNOWN]},
}


def test_a_changed_gender_takes_its_national_code_along_and_the_edit_says_so() -> None:
    resource, warnings = edit(PATIENT, sex="female")
    assert resource["gender"] == "female" and "_gender" not in resource
    assert resource["_birthDate"] == PATIENT["_birthDate"]  # unknown extensions stay where the value is left alone
    assert [one.path for one in warnings] == [
        "Patient.gender.extension('http://fhir.de/StructureDefinition/gender-amtlich-de')"
    ]


def test_a_changed_birth_date_loses_its_time_and_what_nobody_knows_but_keeps_its_id() -> None:
    resource, warnings = edit(PATIENT, birth_date="1971-03-05")
    assert (resource["birthDate"], resource["_birthDate"]) == ("1971-03-05", {"id": "b1"})
    assert [one.text.split(",")[0] for one in warnings] == [
        "described the value before the edit",
        "is not known to hold for the new value",
    ]


@pytest.mark.parametrize(("field", "element"), [("sex", "gender"), ("birth_date", "birthDate")])
def test_a_removed_value_leaves_nothing_beside_it(field: str, element: str) -> None:
    resource, _ = edit(PATIENT, **{field: None})
    assert element not in resource and "_" + element not in resource


def test_a_value_written_beside_the_reason_for_its_absence_removes_the_reason() -> None:
    resource = {"resourceType": "Patient", "id": "p1", "_birthDate": {"extension": [absent()]}}
    assert shown(resource, "birth_absent_reason") == "unknown"
    assert edit(resource, birth_date="1970").resource == {"resourceType": "Patient", "id": "p1", "birthDate": "1970"}


def test_a_removed_value_invents_no_reason_and_may_be_given_one() -> None:
    assert edit(PATIENT, birth_date=None).resource.keys() == {"resourceType", "id", "gender", "_gender"}
    resource, _ = edit(PATIENT, birth_date=None, birth_absent_reason="masked")
    assert resource["_birthDate"] == {"id": "b1", "extension": [absent("masked")]}


def test_a_reason_of_absence_is_not_written_beside_a_value() -> None:
    assert refused(PATIENT, birth_absent_reason="masked") == "Patient.birthDate"


def test_a_reference_that_is_written_removes_the_reason_for_its_absence() -> None:
    request = {"resourceType": "MedicationRequest", "id": "m1", "requester": {"extension": [absent()]}}
    resource, _ = edit(request, requester={"reference": "Practitioner/1"})
    assert resource["requester"] == {"reference": "Practitioner/1"}


@pytest.mark.parametrize(
    ("type_", "element", "field"),
    [("DiagnosticReport", "conclusion", "conclusion"), ("Condition", "onsetString", "onset_text")],
)
def test_translations_of_an_old_text_go(type_: str, element: str, field: str) -> None:
    resource = {"resourceType": type_, "id": "r1", element: "sick", "_" + element: {"extension": [german("krank")]}}
    assert edit(resource, **{field: "well"}).resource == {"resourceType": type_, "id": "r1", element: "well"}
    assert edit(resource, identifiers=[{"value": "1"}]).resource["_" + element] == {"extension": [german("krank")]}


def test_translations_inside_lists_go_with_their_own_item_only() -> None:
    dosages = [
        {"text": "1 tablet", "_text": {"extension": [german("1 Tablette")]}},
        {"text": "2 drops", "_text": {"extension": [german("2 Tropfen")]}},
    ]
    request = {"resourceType": "MedicationRequest", "id": "m1", "dosageInstruction": dosages}
    first, second = shown(request, "dosages")
    changed = edit(request, dosages=[{"text": "2 tablets"}, second]).resource["dosageInstruction"]
    assert changed == [{"text": "2 tablets"}, dosages[1]]
    turned = edit(request, dosages=[second, first]).resource["dosageInstruction"]
    assert turned == dosages[::-1]


def test_a_translated_display_goes_with_the_display() -> None:
    coding = {"system": "urn:s", "code": "a", "display": "Fracture", "_display": {"extension": [german("Bruch")]}}
    condition = {"resourceType": "Condition", "id": "c1", "code": {"coding": [coding]}}
    new = {"system": "urn:s", "code": "a", "display": "Break"}
    assert edit(condition, code={"codings": [new]}).resource["code"] == {"coding": [new]}


def test_parts_of_a_name_that_follow_from_the_family_name_go_with_it() -> None:
    own = extension("humanname-own-prefix", valueString="von")
    called = extension("iso21090-EN-qualifier", valueCode="CL")
    script = extension("iso21090-EN-representation", valueCode="ABC")
    name = {
        "family": "von Ahn",
        "_family": {"extension": [own]},
        "given": ["Ada", "Eva"],
        "_given": [None, {"extension": [called]}],
        "extension": [script, UNKNOWN],
    }
    patient = {"resourceType": "Patient", "id": "p1", "name": [name]}
    [old] = shown(patient, "names")
    [new] = edit(patient, names=[old | {"family": "Meyer"}]).resource["name"]
    assert new == {
        "family": "Meyer",
        "given": ["Ada", "Eva"],
        "_given": [None, {"extension": [called]}],
        "extension": [script],  # how a name is written says nothing of the name
    }
    [renamed] = edit(patient, names=[old | {"given": ["Ada", "Ina"]}]).resource["name"]
    assert renamed["given"] == ["Ada", "Ina"] and "_given" not in renamed
    assert renamed["_family"] == {"extension": [own]}
    [turned] = edit(patient, names=[old | {"given": ["Eva", "Ada"]}]).resource["name"]
    assert turned["_given"] == [{"extension": [called]}, None]


def test_precision_and_uncertainty_go_with_the_number() -> None:
    quantity = {
        "value": 5,
        "_value": {"extension": [extension("quantity-precision", valueInteger=2)]},
        "unit": "mg",
        "system": UCUM,
        "code": "mg",
        "extension": [
            extension("iso21090-uncertainty", valueDecimal=1),
            extension("iso21090-uncertaintyType", valueCode="N"),
            extension("iso21090-PQ-translation", valueQuantity={"value": 5000, "unit": "ug"}),
        ],
    }
    observation = {"resourceType": "Observation", "id": "o1", "valueQuantity": quantity}
    old = shown(observation, "value")
    new = {name: value for name, value in old.items() if name != "canonical"} | {"number": 6}
    resource, warnings = edit(observation, value=new)
    assert resource["valueQuantity"] == {"value": 6, "unit": "mg", "system": UCUM, "code": "mg"}
    assert len(warnings) == 4
    component = {"resourceType": "Observation", "id": "o1", "component": [{"valueQuantity": quantity}]}
    [item] = edit(component, components=[{"value": new}]).resource["component"]
    assert item["valueQuantity"] == resource["valueQuantity"]


def test_the_position_of_an_address_and_the_parts_of_its_line_go() -> None:
    place = {"url": "http://hl7.org/fhir/StructureDefinition/geolocation", "extension": [{"url": "latitude"}]}
    street = extension("iso21090-ADXP-streetName", valueString="Main")
    address = {
        "extension": [place],
        "line": ["Main 1"],
        "_line": [{"extension": [street]}],
        "city": "Ulm",
        "period": {"start": "2020"},
    }
    patient = {"resourceType": "Patient", "id": "p1", "address": [address]}
    [old] = shown(patient, "addresses")
    [moved] = edit(patient, addresses=[old | {"lines": ["Other 2"]}]).resource["address"]
    assert moved == {"line": ["Other 2"], "city": "Ulm", "period": {"start": "2020"}}
    [dated] = edit(patient, addresses=[old | {"period": {"start_text": "2021"}}]).resource["address"]
    assert dated == address | {"period": {"start": "2021"}}


def test_the_zone_of_a_time_goes_with_the_time() -> None:
    zone = {"extension": [extension("tz-code", valueCode="Europe/Berlin")]}
    encounter = {
        "resourceType": "Encounter",
        "id": "e1",
        "period": {
            "start": "2026-01-01T10:00:00+01:00",
            "_start": zone,
            "end": "2026-01-02T10:00:00+01:00",
            "_end": zone,
        },
    }
    old = shown(encounter, "period")
    new = {"start_text": "2026-01-01T10:00:00-05:00", "end_text": old["end_text"]}
    period = edit(encounter, period=new).resource["period"]
    assert period == {"start": "2026-01-01T10:00:00-05:00", "end": "2026-01-02T10:00:00+01:00", "_end": zone}


def test_extensions_of_a_resource_that_say_nothing_of_the_value_stay() -> None:
    own = [UNKNOWN, extension("http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", valueCode="F")]
    assert edit({**PATIENT, "extension": own}, sex="female").resource["extension"] == own


def test_an_item_that_goes_takes_what_stood_beside_it() -> None:
    name = {"given": ["A", "B"], "_given": [{"extension": [UNKNOWN]}, {"id": "b"}]}
    patient = {"resourceType": "Patient", "id": "p1", "name": [name]}
    assert edit(patient, names=[{"given": ["B"]}]).resource["name"] == [{"given": ["B"], "_given": [{"id": "b"}]}]


def test_extensions_of_a_value_that_gives_way_to_one_of_another_type_are_told() -> None:
    flag = {
        "resourceType": "Patient",
        "id": "p1",
        "deceasedBoolean": True,
        "_deceasedBoolean": {"extension": [UNKNOWN]},
    }
    resource, warnings = edit(flag, deceased_flag=None, deceased_at={"text": "2020"})
    assert resource == {"resourceType": "Patient", "id": "p1", "deceasedDateTime": "2020"}
    assert [one.path for one in warnings] == ["Patient.deceased.extension('urn:vendor:colour')"]


def test_what_a_lenient_source_left_wrong_is_no_matter_of_the_edit() -> None:
    wrong = {"resourceType": "Patient", "id": "p1", "gender": "male", "_gender": "x", "_birthDate": {"extension": "y"}}
    assert edit(wrong, sex="female").resource == {**wrong, "gender": "female"}
    odd = {"resourceType": "Patient", "id": "p1", "gender": "male", "_gender": {"extension": [7, None, {"url": 3}]}}
    assert edit(odd, sex="female").resource == {"resourceType": "Patient", "id": "p1", "gender": "female"}


def test_the_reason_why_a_name_is_missing_stays_until_there_is_one() -> None:
    patient = {"resourceType": "Patient", "id": "p1", "name": [{"extension": [absent("masked")], "use": "official"}]}
    [dated] = edit(patient, names=[{"use": "official", "period": {"start_text": "2020"}}]).resource["name"]
    assert dated["extension"] == [absent("masked")]
    [written] = edit(patient, names=[{"use": "official", "family": "King"}]).resource["name"]
    assert written == {"use": "official", "family": "King"}


@pytest.mark.parametrize(
    ("element", "field", "items", "written", "stored"),
    [
        ("name", "names", [{"extension": [absent("masked")]}], [{"family": "Ito"}], [{"family": "Ito"}]),
        (
            "telecom",
            "contacts",
            [{"id": "t1", "extension": [absent("masked")]}],
            [{"system": "phone", "value": "1"}],
            [{"system": "phone", "value": "1"}],
        ),
        (
            "name",
            "names",
            [{"family": "Ito", "_given": [{"extension": [absent("masked")]}]}],
            [{"family": "Ito", "given": ["Rin"]}],
            [{"family": "Ito", "given": ["Rin"]}],
        ),
    ],
)
def test_the_first_item_of_a_list_removes_the_reason_why_there_was_none(
    element: str, field: str, items: list[Any], written: list[Any], stored: list[Any]
) -> None:
    resource, warnings = edit({"resourceType": "Patient", "id": "p1", element: items}, **{field: written})
    assert resource[element] == stored
    assert [one.text for one in warnings] == ["said why there was no value, and was removed now that there is one"]


def test_a_masked_item_beside_others_stays_when_an_item_is_added() -> None:
    masked = {"extension": [absent("masked")]}
    patient = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Ito"}, masked]}
    resource, warnings = edit(patient, names=[{"family": "Ito"}, {"family": "Abe"}])
    assert masked in resource["name"] and {"family": "Abe"} in resource["name"] and not warnings


def test_a_reason_of_a_whole_component_goes_with_its_first_value_only() -> None:
    reason = {"extension": [absent()], "code": {"text": "left"}}
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "component": [reason]}
    renamed, _ = edit(observation, components=[{"code": {"text": "right"}}])
    assert renamed["component"] == [reason | {"code": {"text": "right"}}]
    value = {"kind": "text", "text": "clear"}
    resource, warnings = edit(observation, components=[{"code": {"text": "left"}, "value": value}])
    assert resource["component"] == [{"code": {"text": "left"}, "valueString": "clear"}]
    assert [one.path for one in warnings] == [f"Observation.component[0].extension('{absent()['url']}')"]


def test_a_reason_of_a_whole_contact_goes_when_an_element_is_added() -> None:
    contact = {"extension": [absent("masked")], "gender": "female"}
    patient = {"resourceType": "Patient", "id": "p1", "contact": [contact]}
    resource, _ = edit(patient, contact_persons=[{"sex": "male"}])
    assert resource["contact"] == [contact | {"gender": "male"}]
    resource, _ = edit(patient, contact_persons=[{"sex": "female", "name": {"family": "Ito"}}])
    assert resource["contact"] == [{"gender": "female", "name": {"family": "Ito"}}]


def test_a_reason_inside_an_extension_goes_with_the_value() -> None:
    sex = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
    patient = {"resourceType": "Patient", "id": "p1", "extension": [{"url": sex, "extension": [absent()]}]}
    assert edit(patient, birth_sex="F").resource["extension"] == [{"url": sex, "valueCode": "F"}]
