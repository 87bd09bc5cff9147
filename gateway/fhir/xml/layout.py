"""What may stand in an XML element of each type, and in which order: the R4 definitions as tables."""

from functools import cache
from typing import NamedTuple

from gateway.fhir import r4

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"


class XmlField(NamedTuple):
    """One name below an element: `valueString` and `valueQuantity` are two, with the same `place` in the order.

    `path` is its step in FHIRPath; `kind` is primitive, xhtml, resource (it holds one of any type) or object.
    """

    key: str
    place: int
    path: str
    type: str
    many: bool
    kind: str


@cache
def fields(type_: str) -> dict[str, XmlField]:
    """XML name -> what it is, without what is written as an attribute."""
    found: dict[str, XmlField] = {}
    for place, (name, element) in enumerate(r4.types()[type_].elements.items()):
        if element.max != "0" and name not in attributes(type_):
            found |= {field.key: field for field in _forms(name, place, element)}
    return found


@cache
def attributes(type_: str) -> tuple[str, ...]:
    """The elements that are attributes in XML: the id of whatever is no resource, the url of an Extension."""
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
