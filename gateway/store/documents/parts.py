"""Make mongomotor classes for the parts of internal documents from the types of the mapping language."""

from collections.abc import Iterator
from typing import Any, ClassVar

from mongomotor import EmbeddedDocument
from mongomotor.fields import (
    BooleanField,
    DateTimeField,
    Decimal128Field,
    EmbeddedDocumentField,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    StringField,
)
from mongomotor.fields import DynamicField as AnyField

from gateway.mapping.values.lens import Lens

_LEAVES: dict[str, type[Any]] = {
    "text": StringField,
    "number": Decimal128Field,
    "integer": IntField,
    "boolean": BooleanField,
    "time": DateTimeField,
}
_classes: dict[Lens, type["DocumentPart"]] = {}


class DocumentPart(EmbeddedDocument):  # type: ignore[misc]
    """The base of all parts of documents.

    It is not dynamic: mongoengine knows no types inside dynamic parts, and a query by a decimal would fail.
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "strict": False}


_METACLASS: Any = type(DocumentPart)


def field(name: str, lens: Lens, *, many: bool) -> Any:
    """Return the field for the values that `lens` reads.

    name: of the class that is made for a value with parts.
    many: whether the field holds a list.
    """
    if lens.parts or lens.derived:
        part = _part(name, lens)
        return EmbeddedDocumentListField(part) if many else EmbeddedDocumentField(part)
    leaf = _LEAVES.get(lens.leaf, AnyField)()
    return ListField(leaf) if many else leaf


def camel(name: str) -> str:
    """Return `name` in the spelling of classes: blood_pressure becomes BloodPressure."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _part(name: str, lens: Lens) -> type[DocumentPart]:
    """Return the class of a lens. It is named after the first field that has this lens."""
    class_ = _classes.get(lens)
    if class_ is None:
        class_ = _classes[lens] = _METACLASS(
            name, (DocumentPart,), {"__module__": __name__, **dict(_fields(name, lens))}
        )
    return class_


def _fields(name: str, lens: Lens) -> Iterator[tuple[str, Any]]:
    for part in (*lens.parts, *lens.derived):
        yield part.name, field(name + camel(part.name), part.lens, many=part.many)
