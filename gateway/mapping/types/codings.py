"""Codes. A concept keeps every coding, for there is no single "the code"; a token is what queries compare."""

from typing import Any

from gateway.mapping.types.cleaned_text import display
from gateway.mapping.values.lens import Lens, Notes, Odd, Origins, Part, Type, Unwritable, text
from gateway.mapping.values.primitives import boolean
from gateway.mapping.values.structures import structure

coding = structure(
    Part("system", "system", text),
    Part("version", "version", text),
    Part("code", "code", text),
    Part("display", "display", display),
    Part("userSelected", "user_selected", boolean),
)

# https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
concept = structure(Part("coding", "codings", coding, many=True), Part("text", "text", display))


def _token(value: Any, notes: Notes) -> str | None:
    """`system|code`, `|code` without a system, nothing without a code."""
    return _pair(value, "code")


def _identifier_token(value: Any, notes: Notes) -> str | None:
    """`system|value`, blanks around the value trimmed: the same number comes with and without them."""
    return _pair(value, "value")


def _pair(value: Any, element: str) -> str | None:
    if value.__class__ is not dict:
        raise Odd("not an object")
    system, code = value.get("system", ""), value.get(element)
    if code is None:
        return None
    if code.__class__ is not str or system.__class__ is not str:
        raise Odd("not text")
    return f"{system}|{code.strip()}"


def _put_token(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
    """Another token is another thing: the display of the old one must not stay."""
    return _taken_apart(value, "code")


def _put_identifier_token(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
    return _taken_apart(value, "value")


def _taken_apart(value: Any, element: str) -> dict[str, str]:
    if value.__class__ is not str or "|" not in value:
        raise Unwritable("text of the form system|code is due")
    system, _, code = value.rpartition("|")
    if not code or code != code.strip():
        raise Unwritable("text of the form system|code is due, without blanks around the code")
    return {"system": system, element: code} if system else {element: code}


token = Lens(_token, _put_token, "text")

TYPES = (
    Type("coding", {"Coding": coding}),
    Type("concept", {"CodeableConcept": concept}),
    Type("token", {"Coding": token, "Identifier": Lens(_identifier_token, _put_identifier_token, "text")}),
)
