"""Types as FHIRPath sees them (https://hl7.org/fhir/R4/fhirpath.html#types)."""

from decimal import Decimal

import pytest

from gateway.fhir.path.type_model import JsonField, ancestors, convertible, fields, is_open, known, matching


def test_a_choice_has_one_name_in_fhirpath_and_several_in_json() -> None:
    keys = [field.key for field in fields("Observation", "value")]
    assert "valueQuantity" in keys and "valueString" in keys and "value" not in keys
    assert fields("Observation", "valueQuantity") == ()


def test_an_element_has_one_place_in_json() -> None:
    assert fields("Patient", "birthDate") == (JsonField("birthDate", "date", True, False, (str,)),)
    assert fields("Patient", "contact") == (JsonField("contact", "Patient.contact", False, False, (dict,)),)
    assert fields("Patient", "contained")[0].resource
    assert fields("Patient", "nonsense") == fields("Nonsense", "id") == ()


def test_a_number_may_have_several_classes() -> None:
    assert fields("Quantity", "value")[0].shapes == (int, Decimal, float)
    assert fields("Attachment", "size")[0].shapes == (int,)


def test_the_bases_of_a_type_lead_up_to_resource_or_element() -> None:
    assert ancestors("Patient") == ("Patient", "DomainResource", "Resource")
    assert ancestors("Age") == ("Age", "Quantity", "Element")
    assert ancestors("code") == ("code", "string", "Element")


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("Quantity", {"Quantity", "Age", "System.Quantity"}, {"Money"}),
        ("FHIR.Quantity", {"Quantity", "Age"}, {"System.Quantity"}),
        ("System.Quantity", {"System.Quantity"}, {"Quantity"}),
        ("DomainResource", {"Patient", "Observation"}, {"Bundle"}),
        ("string", {"string", "code", "id", "markdown"}, {"uri", "System.String"}),
        ("String", {"System.String"}, {"string"}),
        ("System.Any", {"System.String", "System.Integer"}, {"string"}),
        ("Patient.contact", {"Patient.contact"}, {"Patient"}),
    ],
)
def test_is_accepts_the_type_and_its_subtypes(name: str, accepted: set[str], refused: set[str]) -> None:
    types = matching(name)
    assert types is not None
    assert accepted <= types and not refused & types


def test_as_converts_no_primitive_to_its_base() -> None:
    assert convertible("string") == {"string"}
    assert convertible("FHIR.uri") == {"uri"}
    assert {"Quantity", "Age"} <= (convertible("Quantity") or set())


def test_an_unknown_type_is_none() -> None:
    assert matching("Nonsense") is convertible("FHIR.Nonsense") is None
    assert not known("Nonsense") and known("Patient")


def test_only_abstract_types_are_open() -> None:
    assert is_open("Resource") and is_open("DomainResource")
    assert not is_open("Patient") and not is_open("Nonsense")
