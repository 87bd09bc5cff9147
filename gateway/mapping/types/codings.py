"""Read and write codings, concepts and tokens.

A concept keeps all its codings, because none of them is "the" code. A token is the text that queries compare.
"""

from typing import Any

from gateway.mapping.types.cleaned_text import display
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Type, Unreadable, Unwritable, text
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
    """Read `system|code`, `|code` if there is no system, None if there is no code."""
    return _pair(value, "code")


def _identifier_token(value: Any, notes: Notes) -> str | None:
    """Read `system|value`. Blanks around the value are trimmed: the same number is sent with and without them."""
    return _pair(value, "value")


def _pair(value: Any, element: str) -> str | None:
    if value.__class__ is not dict:
        raise Unreadable("not an object")
    system, code = value.get("system", ""), value.get(element)
    if code is None:
        return None
    if code.__class__ is not str or system.__class__ is not str:
        raise Unreadable("not text")
    return f"{system}|{code.strip()}"


def _put_token(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
    # Another token is another thing: the display of the old one must not stay.
    return _split_token(value, "code")


def _put_identifier_token(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
    return _split_token(value, "value")


def _split_token(value: Any, element: str) -> dict[str, str]:
    if value.__class__ is not str or "|" not in value:
        raise Unwritable("must be text of the form system|code")
    system, _, code = value.rpartition("|")
    if not code or code != code.strip():
        raise Unwritable("must be text of the form system|code, without blanks around the code")
    return {"system": system, element: code} if system else {element: code}


token = Lens(_token, _put_token, "text")

TYPES = (
    Type("coding", {"Coding": coding}),
    Type("concept", {"CodeableConcept": concept}),
    Type("token", {"Coding": token, "Identifier": Lens(_identifier_token, _put_identifier_token, "text")}),
)
