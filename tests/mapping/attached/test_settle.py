"""Elements beside an edited value: gone with a word, kept with a word, or the edit refused."""

from typing import Any

import pytest

from gateway.mapping.attached.settle import KEPT, REMOVED
from tests.mapping.attached.support import UCUM, absent, edit, refused, shown

OLD = {"system": "urn:s", "version": "1", "code": "a", "display": "A", "userSelected": True}
LOCAL = {"system": "urn:local", "code": "l"}


def condition(*codings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c1", "code": {"coding": list(codings), **more}}


def told(warnings: Any) -> dict[str, str]:
    return {one.path: one.text for one in warnings}


def test_another_code_takes_the_words_of_the_old_one_along() -> None:
    resource = condition(OLD, text="A as written")
    kept = {"version": "1", "display": "A", "user_selected": True}
    new, warnings = edit(resource, code={"codings": [{"system": "urn:s", "code": "b", **kept}], "text": "A as written"})
    assert new["code"] == {"coding": [{"system": "urn:s", "code": "b"}]}
    assert told(warnings) == {
        "Condition.code.coding[0].version": REMOVED,
        "Condition.code.coding[0].display": REMOVED,
        "Condition.code.coding[0].userSelected": REMOVED,
        "Condition.code.text": REMOVED,
    }


def test_words_that_the_edit_changes_too_are_written() -> None:
    coding = {"system": "urn:s", "code": "b", "display": "B"}
    new, warnings = edit(condition(OLD, text="A"), code={"codings": [coding], "text": "B"})
    assert new["code"] == {"coding": [coding], "text": "B"} and warnings == ()


@pytest.mark.parametrize(
    "codings", [[OLD, LOCAL], [LOCAL], [OLD | {"code": "a"}, LOCAL, {"system": "urn:t", "code": "t"}]]
)
def test_codings_added_or_taken_out_leave_the_text(codings: list[dict[str, Any]]) -> None:
    resource = condition(OLD, LOCAL, text="A")
    written = shown(condition(*codings), "code")["codings"]
    assert edit(resource, code={"codings": written, "text": "A"}).resource["code"] == {"coding": codings, "text": "A"}


def test_a_coding_beside_one_that_is_replaced_must_be_decided_on() -> None:
    resource = condition(LOCAL, OLD)
    written = shown(condition(LOCAL, {"system": "urn:s", "code": "b"}), "code")
    assert refused(resource, code=written) == "Condition.code.coding[0]"


def test_words_that_change_alone_are_told() -> None:
    written = shown(condition(OLD | {"display": "Alpha"}, text="other"), "code")
    new, warnings = edit(condition(OLD, text="A"), code=written)
    assert new["code"]["coding"] == [OLD | {"display": "Alpha"}]
    assert told(warnings) == {"Condition.code.coding[0].code": KEPT}
    _, warnings = edit(condition(OLD, text="A"), code=shown(condition(OLD, text="other"), "code"))
    assert told(warnings) == {"Condition.code.coding": KEPT}


WEIGHT = {"value": 180, "unit": "lb", "system": UCUM, "code": "[lb_av]"}


def weight(**parts: Any) -> dict[str, Any]:
    return {"kind": "quantity", "number": 180, "unit": "lb", "system": UCUM, "code": "[lb_av]"} | parts


@pytest.mark.parametrize("place", ["valueQuantity", "component"])
def test_a_unit_that_contradicts_its_code_is_refused(place: str) -> None:
    resource: dict[str, Any] = {"resourceType": "Observation", "id": "o1"}
    if place == "component":
        resource["component"] = [{"valueQuantity": WEIGHT}]
        assert refused(resource, components=[{"value": weight(unit="kg")}]) == "Observation.component[0].value.unit"
    else:
        resource["valueQuantity"] = WEIGHT
        assert refused(resource, value=weight(unit="kg")) == "Observation.value.unit"
        assert refused(resource, value=weight(unit="pounds", code="kg")) == "Observation.value.unit"


def test_a_unit_that_says_the_same_or_goes_with_its_code_is_written() -> None:
    resource = {"resourceType": "Observation", "id": "o1", "valueQuantity": WEIGHT}
    for unit in ("[lb_av]", "lbs"):
        new, warnings = edit(resource, value=weight(unit=unit))
        assert (new["valueQuantity"]["unit"], warnings) == (unit, ())
    new, warnings = edit(resource, value=weight(unit="kg", code="kg"))
    assert new["valueQuantity"] == {"value": 180, "unit": "kg", "system": UCUM, "code": "kg"} and warnings == ()


def test_a_unit_left_beside_another_code_goes_and_one_that_nobody_can_read_is_told() -> None:
    resource = {"resourceType": "Observation", "id": "o1", "valueQuantity": WEIGHT}
    new, warnings = edit(resource, value=weight(code="kg"))
    assert new["valueQuantity"] == {"value": 180, "system": UCUM, "code": "kg"}
    assert told(warnings) == {"Observation.value.unit": REMOVED}
    new, warnings = edit(resource, value=weight(unit="stones or so"))
    assert new["valueQuantity"]["unit"] == "stones or so" and [*told(warnings)] == ["Observation.value.unit"]


def test_a_contradiction_that_was_there_before_stands_in_no_ones_way() -> None:
    wrong = WEIGHT | {"unit": "kg"}
    resource = {"resourceType": "Observation", "id": "o1", "valueQuantity": wrong}
    assert edit(resource, value=weight(unit="kg", number=181)).resource["valueQuantity"] == wrong | {"value": 181}


HIGH = [{"text": "H"}]


def test_a_changed_result_is_not_judged_by_the_old_one() -> None:
    resource = {
        "resourceType": "Observation",
        "id": "o1",
        "valueQuantity": {"value": 9},
        "interpretation": HIGH,
        "component": [{"valueQuantity": {"value": 9}, "interpretation": HIGH}],
    }
    new, warnings = edit(resource, value={"kind": "quantity", "number": 4})
    assert "interpretation" not in new and new["component"] == resource["component"]
    assert told(warnings) == {"Observation.interpretation": REMOVED}
    [component] = shown(resource, "components")
    changed = component | {"value": {"kind": "quantity", "number": 4}}
    assert edit(resource, components=[changed]).resource["component"] == [{"valueQuantity": {"value": 4}}]
    judged = edit(resource, value={"kind": "quantity", "number": 4}, interpretation=[{"text": "N"}]).resource
    assert judged["interpretation"] == [{"text": "N"}]


def test_a_result_removes_the_reason_why_there_was_none() -> None:
    reason = {"text": "masked"}
    resource = {
        "resourceType": "Observation",
        "id": "o1",
        "dataAbsentReason": reason,
        "component": [{"dataAbsentReason": reason}, {"dataAbsentReason": reason}],
    }
    value = {"kind": "text", "text": "positive"}
    new, _ = edit(resource, value=value)
    assert new["valueString"] == "positive" and "dataAbsentReason" not in new
    first, second = shown(resource, "components")
    parts = edit(resource, components=[first, second | {"value": value}]).resource["component"]
    assert parts == [{"dataAbsentReason": reason}, {"valueString": "positive"}]


def test_a_removed_result_is_given_no_reason() -> None:
    resource = {"resourceType": "Observation", "id": "o1", "valueString": "x", "interpretation": HIGH}
    assert edit(resource, value=None).resource == {"resourceType": "Observation", "id": "o1"}


def test_the_reason_of_a_status_goes_with_it() -> None:
    request = {"resourceType": "MedicationRequest", "id": "m1", "status": "on-hold", "statusReason": {"text": "rash"}}
    assert "statusReason" not in edit(request, status="active").resource
    assert edit(request, intent="order").resource["statusReason"] == {"text": "rash"}


def test_the_text_of_a_dosage_that_no_longer_holds_must_be_decided_on() -> None:
    dosage = {"text": "1 tablet", "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}
    request = {"resourceType": "MedicationRequest", "id": "m1", "dosageInstruction": [dosage]}
    two = [{"dose": {"number": 2, "unit": "tablet"}}]
    assert (
        refused(request, dosages=[{"text": "1 tablet", "amounts": two}])
        == "MedicationRequest.dosageInstruction[0].text"
    )
    [new] = edit(request, dosages=[{"text": "2 tablets", "amounts": two}]).resource["dosageInstruction"]
    assert new == {"text": "2 tablets", "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}]}
    [shorter] = edit(request, dosages=[{"amounts": two}]).resource["dosageInstruction"]
    assert shorter == {"doseAndRate": new["doseAndRate"]}
    [old] = shown(request, "dosages")
    _, warnings = edit(request, dosages=[old | {"text": "2 tablets"}])
    assert told(warnings) == {"MedicationRequest.dosageInstruction[0].doseAndRate": KEPT}


def test_another_reference_takes_display_identifier_and_extensions_along() -> None:
    subject = {
        "id": "s",
        "extension": [{"url": "urn:x", "valueCode": "y"}],
        "reference": "Patient/1",
        "type": "Patient",
        "identifier": {"system": "urn:mrn", "value": "1"},
        "display": "Ada",
    }
    resource = {"resourceType": "Condition", "id": "c1", "subject": subject}
    old = shown(resource, "subject")
    kept = {"identifier": old["identifier"], "display": "Ada"}
    new, warnings = edit(resource, subject={"reference": "Patient/2", **kept})
    assert new["subject"] == {"reference": "Patient/2", "type": "Patient"}
    assert "Condition.subject.display" in told(warnings)
    other = {"system": "urn:mrn", "value": "2"}
    assert refused(resource, subject={"reference": "Patient/1", "identifier": other}) == "Condition.subject.reference"


def test_what_is_added_beside_a_reference_takes_nothing_away() -> None:
    resource = {"resourceType": "Condition", "id": "c1", "subject": {"display": "Ada", "identifier": {"value": "1"}}}
    old = shown(resource, "subject")
    new, warnings = edit(resource, subject=old | {"reference": "Patient/1"})
    assert new["subject"] == resource["subject"] | {"reference": "Patient/1"} and warnings == ()


def test_the_text_of_a_name_goes_with_its_parts() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"text": "Ada Byron", "family": "Byron", "given": ["Ada"]}],
    }
    [old] = shown(patient, "names")
    [new] = edit(patient, names=[old | {"family": "King"}]).resource["name"]
    assert new == {"family": "King", "given": ["Ada"]}


def test_a_generated_narrative_goes_with_what_it_told_and_one_written_by_people_is_told() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">female</div>'
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "text": {"status": "generated", "div": div}}
    assert edit(patient, sex="male").resource == {"resourceType": "Patient", "id": "p1", "gender": "male"}
    assert edit(patient, active=True).resource == {**patient, "active": True}
    by_hand = {**patient, "text": {"status": "additional", "div": div}}
    new, warnings = edit(by_hand, sex="male")
    assert new["text"] == by_hand["text"] and told(warnings) == {"Patient.text": KEPT}


def test_a_number_that_goes_takes_its_unit_along() -> None:
    resource = {"resourceType": "Observation", "id": "o1", "valueQuantity": WEIGHT, "interpretation": HIGH}
    old = {name: part for name, part in weight().items() if name != "number"}
    assert edit(resource, value=old).resource == {"resourceType": "Observation", "id": "o1"}


def test_nothing_is_told_of_a_new_document() -> None:
    made = edit({"resourceType": "Patient"}, sex="male")
    assert (made.resource, made.warnings) == ({"resourceType": "Patient", "gender": "male"}, ())


def test_what_may_no_longer_fit_a_changed_text_or_a_first_value_is_told() -> None:
    base = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    note = {"authorString": "Dr. Ito", "time": "2020-01-01", "text": "rest"}
    (shown_note,) = shown(base | {"note": [note]}, "notes")
    resource, warnings = edit(base | {"note": [note]}, notes=[shown_note | {"text": "move"}])
    assert resource["note"] == [note | {"text": "move"}]
    assert [one.path for one in warnings] == ["Observation.note[0].author", "Observation.note[0].time"]
    low = [{"text": "low"}]
    resource, warnings = edit(base | {"interpretation": low}, value={"kind": "text", "text": "high"})
    assert (resource["interpretation"], [one.path for one in warnings]) == (low, ["Observation.interpretation"])
    medication = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    dosage = {"text": "one, with food", "additionalInstruction": [{"text": "with food"}]}
    dosages = [{"text": "one, with food", "additional_instructions": [{"text": "fasting"}]}]
    _, warnings = edit(medication | {"dosageInstruction": [dosage]}, dosages=dosages)
    assert [one.path for one in warnings] == ["MedicationRequest.dosageInstruction[0].text"]


def test_a_generated_narrative_goes_with_the_reason_why_a_value_was_missing() -> None:
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">date unknown</div>'}
    patient = {"resourceType": "Patient", "text": text, "_birthDate": {"extension": [absent()]}}
    resource, warnings = edit(patient, birth_date="1970")
    assert resource == {"resourceType": "Patient", "birthDate": "1970"}
    assert [one.path for one in warnings][-1] == "Patient.text"
