"""The parts of internal documents as mongomotor classes, made from the lenses of the mapping language."""

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
_made: dict[Lens, type["Part"]] = {}


class Part(EmbeddedDocument):  # type: ignore[misc]
    """What all parts of documents have in common.

    Not dynamic: mongoengine looks into dynamic parts without their types, and a query by a decimal would fail.
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "strict": False}


_METACLASS: Any = type(Part)


def field(name: str, lens: Lens, many: bool) -> Any:
    """The field that holds what `lens` reads; `name` is for a class that has to be made."""
    if lens.parts or lens.derived:
        part = _part(name, lens)
        return EmbeddedDocumentListField(part) if many else EmbeddedDocumentField(part)
    leaf = _LEAVES.get(lens.leaf, AnyField)()
    return ListField(leaf) if many else leaf


def camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _part(name: str, lens: Lens) -> type[Part]:
    """One class for each lens, named after the first field that has it."""
    made = _made.get(lens)
    if made is None:
        made = _made[lens] = _METACLASS(name, (Part,), {"__module__": __name__, **dict(_fields(name, lens))})
    return made


def _fields(name: str, lens: Lens) -> Iterator[tuple[str, Any]]:
    for part in (*lens.parts, *lens.derived):
        yield part.name, field(name + camel(part.name), part.lens, part.many)
