"""Values of a FHIRPath patch (https://hl7.org/fhir/R4/fhirpatch.html)."""

from typing import Any

import pytest

from gateway.errors import BadRequest, Invalid
from gateway.fhir.patch.content import ElementContent, content, element, is_many, put

AT = "Parameters.parameter[0]"


@pytest.mark.parametrize(
    ("part", "holder", "name", "expected"),
    [
        ({"valueDate": "2018"}, "Patient", "birthDate", ElementContent("birthDate", "2018", {})),
        ({"valueString": "2018"}, "Patient", "birthDate", ElementContent("birthDate", "2018", {})),
        ({"valueInteger": 3}, "Observation", "value", ElementContent("valueInteger", 3, {})),
        ({"valueInteger": 3}, "Observation", "value[x]", ElementContent("valueInteger", 3, {})),
        ({"valueBoolean": True}, "Patient", "deceased", ElementContent("deceasedBoolean", True, {})),
        ({"valueDateTime": "2018"}, "Patient", "deceasedDateTime", ElementContent("deceasedDateTime", "2018", {})),
        (
            {"valueAge": {"value": 3}},
            "Condition",
            "onset",
            ElementContent("onsetAge", {"value": 3, "_value": {}}, None),
        ),
    ],
)
def test_a_value_becomes_the_element_that_it_fits(
    part: dict[str, Any], holder: str, name: str, expected: ElementContent
) -> None:
    assert content(part, holder, name, AT) == expected


def test_a_primitive_brings_its_extensions() -> None:
    extra = {"extension": [{"url": "u", "valueCode": "x"}]}
    new = content({"valueDate": "2018", "_valueDate": extra}, "Patient", "birthDate", AT)
    assert new.extra is not None and new.extra["extension"][0]["valueCode"] == "x"


def test_a_backbone_element_comes_as_parts_named_after_its_elements() -> None:
    parts = [
        {"name": "relationship", "valueCodeableConcept": {"text": "mother"}},
        {"name": "gender", "valueCode": "female"},
    ]
    new = content({"part": parts}, "Patient", "contact", AT)
    assert new.key == "contact"
    assert new.value == {"relationship": [{"text": "mother", "_text": {}}], "gender": "female", "_gender": {}}


def test_a_resource_fits_contained() -> None:
    assert content({"resource": {"resourceType": "Group"}}, "Patient", "contained", AT).value["resourceType"] == "Group"


@pytest.mark.parametrize(
    ("part", "holder", "name", "error", "reason"),
    [
        ({"valueDate": "2018"}, "Patient", "nonsense", Invalid, "Patient has no element nonsense"),
        ({"valueInteger": 3}, "Patient", "deceased", Invalid, "valueInteger does not fit"),
        ({"valueInteger": 3}, "Patient", "birthDate", Invalid, "a value of type date is needed"),
        ({"valuePeriod": {}}, "Patient", "name", Invalid, "a value of type HumanName is needed"),
        ({"valueDate": "a", "valueCode": "b"}, "Patient", "birthDate", BadRequest, "exactly one value"),
        ({"valueNonsense": 1}, "Patient", "birthDate", BadRequest, "exactly one value"),
        ({}, "Patient", "contact", BadRequest, r"needs a value\[x\] or parts"),
        ({"part": [{}]}, "Patient", "contact", BadRequest, "a part needs a name"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    part: dict[str, Any], holder: str, name: str, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        content(part, holder, name, AT)


def test_put_appends_to_a_list_and_sets_any_other_element() -> None:
    patient: dict[str, Any] = {"name": [{"family": "A"}]}
    put(patient, "Patient", ElementContent("name", {"family": "B"}, None), AT)
    put(patient, "Patient", ElementContent("birthDate", "2018", {}), AT)
    assert patient == {"name": [{"family": "A"}, {"family": "B"}], "birthDate": "2018", "_birthDate": {}}


@pytest.mark.parametrize("key", ["deceasedBoolean", "deceasedDateTime"])
def test_put_does_not_replace_another_type_of_a_choice(key: str) -> None:
    with pytest.raises(Invalid, match=f"{key} is there already; replace it"):
        put({key: True}, "Patient", ElementContent("deceasedBoolean", False, {}), AT)


def test_put_needs_a_list_where_the_definition_has_one() -> None:
    with pytest.raises(Invalid, match="name is not a list in this resource"):
        put({"name": {}}, "Patient", ElementContent("name", {}, None), AT)


def test_the_forms_of_an_element() -> None:
    assert [field.key for field in element("Patient", "deceased[x]", AT)] == ["deceasedBoolean", "deceasedDateTime"]
    assert is_many("Patient", "name") and not is_many("Patient", "deceasedBoolean")
