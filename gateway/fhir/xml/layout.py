"""Tables of the children that an XML element of each type may have, and their order, from the definitions of R4."""

from functools import cache
from typing import NamedTuple

from gateway.fhir import r4

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"


class XmlField(NamedTuple):
    """A child by its XML name. A choice has one for each type: `valueString` and `valueQuantity`.

    key: the name, the same in XML and JSON.
    place: its position in the order of elements. All types of a choice have the same.
    path: its step in FHIRPath, `value.ofType(Quantity)`.
    many: whether it may repeat.
    kind: primitive, xhtml, resource (it holds a resource of any type) or object.
    """

    key: str
    place: int
    path: str
    type: str
    many: bool
    kind: str


@cache
def fields(type_: str) -> dict[str, XmlField]:
    """Return the children of a type by XML name, without those that are attributes. Raises KeyError."""
    children: dict[str, XmlField] = {}
    for place, (name, element) in enumerate(r4.types()[type_].elements.items()):
        if element.max != "0" and name not in attributes(type_):
            children |= {field.key: field for field in _forms(name, place, element)}
    return children


@cache
def attributes(type_: str) -> tuple[str, ...]:
    """Return the elements that are XML attributes: the id, except of resources, and the url of an Extension."""
    if r4.types()[type_].kind == "resource":
        return ()
    return ("id", "url") if type_ == "Extension" else ("id",)


def _forms(name: str, place: int, element: r4.Element) -> list[XmlField]:
    if not element.choice:
        return [XmlField(name, place, name, code, element.many, _kind(code)) for code in element.types]
    return [
        XmlField(name + code[0].upper() + code[1:], place, f"{name}.ofType({code})", code, element.many, _kind(code))
        for code in element.types
    ]


def _kind(code: str) -> str:
    if code == "xhtml":
        return code
    kind = r4.types()[code].kind
    return kind if kind in ("primitive", "resource") else "object"
