"""Names of resources, and the forms of the addresses they come from."""

import pytest

from gateway.intake.names import LiteralReference, Name, digest, is_uuid, literal, normalized, unversioned, uuid_of


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Patient/1", LiteralReference("", "Patient", "1")),
        ("Patient/a_b", LiteralReference("", "Patient", "a_b")),
        ("http://H.example:80/fhir/Patient/1/_history/2", LiteralReference("http://h.example/fhir", "Patient", "1")),
        ("https://h.example:443/Patient/1", LiteralReference("https://h.example", "Patient", "1")),
        ("http://h.example:8080/fhir/Patient/1", LiteralReference("http://h.example:8080/fhir", "Patient", "1")),
        ("Alien/1", None),
        ("Patient?identifier=1", None),
        ("urn:uuid:1", None),
        ("Patient/1/x", None),
        ("#1", None),
        ("", None),
    ],
)
def test_literal_references(text: str, result: LiteralReference | None) -> None:
    assert literal(text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c", True),
        ("7B9C3F5E-3C36-4A1E-8F0F-5D5F7A0A1B2C", True),
        ("00000000-0000-0000-0000-000000000001", False),
        ("7b9c3f5e-3c36-4a1e-0f0f-5d5f7a0a1b2c", False),
        ("7b9c3f5e3c364a1e8f0f5d5f7a0a1b2c", False),
        ("transient-1", False),
    ],
)
def test_a_uuid_has_a_version_and_a_variant(text: str, result: bool) -> None:
    assert is_uuid(text) == result
    assert uuid_of(f"urn:uuid:{text}") == (text if result else "")
    assert uuid_of(text) == ""


def test_ids_are_derived_from_source_type_and_id() -> None:
    names = [Name("a", "Patient", "1"), Name("b", "Patient", "1"), Name("a", "Group", "1"), Name("a", "Patient", "2")]
    assert len({name.derived_id for name in names}) == 4
    assert all(is_uuid(name.derived_id) for name in names)
    assert Name("a", "Patient", "1").derived_id == names[0].derived_id
    assert Name("a", "Patient", "1", "f").in_file == Name("f", "Patient", "1")


def test_only_a_valid_id_can_be_kept() -> None:
    assert [Name("a", "Patient", id_).keeps_id for id_ in ("1", "a.B-9", "a_b", "urn:uuid:x", "", "x" * 65)] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_bases_versions_and_digests_have_one_form() -> None:
    assert normalized("HTTP://A.example:80/Fhir/") == "http://a.example/Fhir"
    assert unversioned("http://a/Patient/1/_history/2") == "http://a/Patient/1"
    assert digest({"a": 1}) == digest({"a": 1}) != digest({"a": 2})
