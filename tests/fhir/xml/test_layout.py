"""The children of XML elements (https://hl7.org/fhir/R4/xml.html)."""

import pytest

from gateway.fhir.xml.layout import XmlField, attributes, fields


def test_the_id_is_an_attribute_except_of_a_resource() -> None:
    assert attributes("HumanName") == attributes("Patient.contact") == ("id",)
    assert attributes("Extension") == ("id", "url")
    assert attributes("Patient") == () and "id" in fields("Patient")
    assert "id" not in fields("HumanName") and "url" not in fields("Extension")


def test_children_stand_in_the_order_of_the_definitions() -> None:
    names = fields("Patient")
    assert [name for name in names if name in ("id", "meta", "text", "identifier", "name", "birthDate", "link")] == [
        "id", "meta", "text", "identifier", "name", "birthDate", "link",
    ]  # fmt: skip
    places = [field.place for field in names.values()]
    assert places == sorted(places)


def test_the_types_of_a_choice_share_their_place() -> None:
    boolean, moment = fields("Patient")["deceasedBoolean"], fields("Patient")["deceasedDateTime"]
    assert boolean.place == moment.place
    assert (boolean.path, boolean.kind) == ("deceased.ofType(boolean)", "primitive")


@pytest.mark.parametrize(
    ("type_", "name", "kind", "many"),
    [
        ("Patient", "birthDate", "primitive", False),
        ("Patient", "name", "object", True),
        ("Patient", "contact", "object", True),
        ("Patient", "contained", "resource", True),
        ("Bundle.entry", "resource", "resource", False),
        ("Narrative", "div", "xhtml", False),
    ],
)
def test_a_child_has_a_kind(type_: str, name: str, kind: str, many: bool) -> None:
    field = fields(type_)[name]
    assert isinstance(field, XmlField)
    assert (field.key, field.kind, field.many) == (name, kind, many)


def test_an_element_that_a_profile_of_r4_removes_is_no_child() -> None:
    assert "extension" in fields("Element") and "value" not in fields("Element")


def test_an_unknown_type_has_no_layout() -> None:
    with pytest.raises(KeyError):
        fields("Nonsense")
