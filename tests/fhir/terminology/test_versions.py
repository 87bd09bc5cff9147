"""The version parameters of $expand (https://hl7.org/fhir/R4/valueset-operation-expand.html)."""

import pytest

from gateway.errors import BadRequest
from gateway.fhir.terminology.versions import AS_ASKED, Versions

LOINC = "http://loinc.org"


def test_without_parameters_the_value_set_decides() -> None:
    assert AS_ASKED.of(LOINC, "2.74") == "2.74"
    assert AS_ASKED.of(LOINC, None) is None


def test_a_default_is_used_where_the_value_set_names_no_version() -> None:
    versions = Versions(default={LOINC: "2.70"})
    assert (versions.of(LOINC, None), versions.of(LOINC, "2.74")) == ("2.70", "2.74")


def test_a_checked_version_must_not_differ() -> None:
    versions = Versions(checked={LOINC: "2.70"}, default={LOINC: "2.60"})
    assert versions.of(LOINC, None) == versions.of(LOINC, "2.70") == "2.70"
    with pytest.raises(
        BadRequest, match=r"asks for version 2\.74 of http://loinc\.org, check-system-version for 2\.70"
    ):
        versions.of(LOINC, "2.74")


def test_a_forced_version_wins() -> None:
    versions = Versions(forced={LOINC: "2.70"}, checked={LOINC: "2.60"})
    assert versions.of(LOINC, "2.74") == "2.70"
    assert versions.of("http://snomed.info/sct", "x") == "x"
