"""The code systems and value sets of R4."""

from gateway.fhir import fhir_json
from gateway.fhir.terminology import table


def test_resources_are_found_by_their_url() -> None:
    [line] = table.lines("CodeSystem")["http://hl7.org/fhir/administrative-gender"]
    system = fhir_json.parse(line)
    assert (system["resourceType"], system["url"]) == ("CodeSystem", "http://hl7.org/fhir/administrative-gender")
    assert all(fhir_json.parse(lines[0])["url"] == url for url, lines in list(table.lines("ValueSet").items())[:50])


def test_versions_are_read_without_the_resources() -> None:
    versions = table.versions("CodeSystem")
    assert versions["http://hl7.org/fhir/administrative-gender"] == "4.0.1"
    assert versions.keys() == table.lines("CodeSystem").keys()


def test_the_bindings_that_are_not_required() -> None:
    """https://hl7.org/fhir/R4/patient.html: maritalStatus is extensible."""
    assert table.bindings()["Patient.maritalStatus"][0] == "extensible"
    assert {strength for strength, _ in table.bindings().values()} == {"extensible", "preferred"}


def test_a_code_system_names_the_value_set_of_all_its_codes() -> None:
    gender = "http://hl7.org/fhir/administrative-gender"
    assert table.of_all_codes()["http://hl7.org/fhir/ValueSet/administrative-gender"] == gender
