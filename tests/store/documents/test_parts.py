"""Classes for the parts of documents follow from the types of the mapping language."""

from typing import Any

import pytest
from mongomotor import fields as mongo

from gateway.mapping.values.lens import Lens, Part
from gateway.store.documents.parts import DocumentPart, camel, field


def read(*_: Any) -> None:
    """A reader that reads nothing: only the shape of a lens counts here."""


def leaf(kind: str) -> Lens:
    return Lens(read, leaf=kind)


def part(name: str, lens: Lens, *, many: bool = False) -> Part:
    return Part("", name, lens, many)


def lens_of(*parts: Part, derived: tuple[Part, ...] = ()) -> Lens:
    return Lens(read, parts=parts, derived=derived)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text", mongo.StringField),
        ("number", mongo.Decimal128Field),
        ("integer", mongo.IntField),
        ("boolean", mongo.BooleanField),
        ("time", mongo.DateTimeField),
        ("", mongo.DynamicField),
    ],
)
def test_a_single_value_has_the_field_of_its_kind(kind: str, expected: type[Any]) -> None:
    assert type(field("Anything", leaf(kind), many=False)) is expected


def test_a_list_of_values_is_a_list_of_fields_of_their_kind() -> None:
    listed = field("Anything", leaf("number"), many=True)
    assert type(listed) is mongo.ListField and type(listed.field) is mongo.Decimal128Field


def test_a_value_with_parts_has_a_class_with_a_field_for_each() -> None:
    quantity = lens_of(
        part("number", leaf("number")), part("unit", leaf("text")), derived=(part("is_high", leaf("boolean")),)
    )
    embedded = field("TestQuantity", quantity, many=False)
    assert type(embedded) is mongo.EmbeddedDocumentField
    class_ = embedded.document_type
    assert (class_.__name__, issubclass(class_, DocumentPart)) == ("TestQuantity", True)
    assert {name: type(declared) for name, declared in class_._fields.items()} == {
        "number": mongo.Decimal128Field,
        "unit": mongo.StringField,
        "is_high": mongo.BooleanField,
    }


def test_a_list_of_values_with_parts_is_a_list_of_documents() -> None:
    name = lens_of(part("family", leaf("text")), part("given", leaf("text"), many=True))
    listed = field("TestName", name, many=True)
    assert type(listed) is mongo.EmbeddedDocumentListField
    assert type(listed.field.document_type._fields["given"]) is mongo.ListField


def test_equal_lenses_share_one_class_named_after_the_first_field() -> None:
    period = lens_of(part("start", leaf("time")))
    first, second = (field(name, period, many=False).document_type for name in ("TestFirst", "TestSecond"))
    assert first is second and first.__name__ == "TestFirst"


def test_parts_of_parts_are_named_after_the_way_to_them() -> None:
    inner = lens_of(part("code", leaf("text")))
    outer = field("TestOuter", lens_of(part("blood_group", inner)), many=False).document_type
    assert outer._fields["blood_group"].document_type.__name__ == "TestOuterBloodGroup"


def test_a_part_ignores_fields_that_it_does_not_know() -> None:
    class_ = field("TestTolerant", lens_of(part("only", leaf("text"))), many=False).document_type
    assert class_._from_son({"only": "a", "later": "b"}).only == "a"


@pytest.mark.parametrize(
    ("name", "expected"), [("sex", "Sex"), ("blood_pressure", "BloodPressure"), ("a_b_c", "ABC"), ("isHigh", "IsHigh")]
)
def test_names_of_fields_become_names_of_classes(name: str, expected: str) -> None:
    assert camel(name) == expected
