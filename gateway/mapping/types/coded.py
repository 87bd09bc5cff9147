"""Codes. A concept keeps every coding, for there is no single "the code"; a token is what queries compare."""

from typing import Any

from gateway.mapping.types.primitives import boolean
from gateway.mapping.types.shape import Notes, Odd, Part, Type, structure, text

coding = structure(
    Part("system", "system", text),
    Part("version", "version", text),
    Part("code", "code", text),
    Part("display", "display", text),
    Part("userSelected", "user_selected", boolean),
)

# https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
concept = structure(Part("coding", "codings", coding, many=True), Part("text", "text", text))


def token(value: Any, notes: Notes) -> str | None:
    """`system|code`, `|code` without a system, nothing without a code."""
    return _pair(value, "code")


def identifier_token(value: Any, notes: Notes) -> str | None:
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


TYPES = (
    Type("coding", {"Coding": coding}),
    Type("concept", {"CodeableConcept": concept}),
    Type("token", {"Coding": token, "Identifier": identifier_token}),
)
