"""References and identifiers: as sent, and taken apart into keys where that is certain.

https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/datatypes.html#Identifier
"""

from typing import Any

from gateway.fhir import references
from gateway.mapping.types.coded import concept
from gateway.mapping.types.shape import Notes, Odd, Part, Reader, Type, structure, text
from gateway.mapping.types.times import period

V2_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


def _keyed_identifier(read: Reader) -> Reader:
    def reader(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document is None:
            return None
        if "value" in document:
            document["match"] = document["value"].strip()
        codings = document.get("type", {}).get("codings", ())
        kinds = {coding.get("code") for coding in codings if coding.get("system") == V2_IDENTIFIER_TYPES}
        if len(kinds) == 1 and (kind := kinds.pop()):
            document["kind"] = kind
        return document

    return reader


def _keyed_reference(read: Reader) -> Reader:
    def reader(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document and "reference" in document and (found := references.split(document["reference"])):
            document["type"] = found.type
            if found.base is None:
                document["id"] = found.id
        return document

    return reader


# A reference may hold an identifier and an identifier a reference; the document goes one step and no further.
_identifier = (
    Part("use", "use", text),
    Part("type", "type", concept),
    Part("system", "system", text),
    Part("value", "value", text),
    Part("period", "period", period),
)
_reference = (Part("reference", "reference", text), Part("type", "type", text), Part("display", "display", text))
_assigner = Part("assigner", "assigner", _keyed_reference(structure(*_reference)))
_logical = Part("identifier", "identifier", _keyed_identifier(structure(*_identifier)))

# `value` as sent, `match` trimmed; `kind` is the HL7 v2 code of its type (MR, SS, NI…) where there is exactly one.
identifier = _keyed_identifier(structure(*_identifier, _assigner))

# `type` and `id` are the key of a resource on this server. An absolute URL names a resource of another server, whose
# id may be someone else's here, so it gets no `id`; neither does any other form of reference.
reference = _keyed_reference(structure(*_reference, _logical))


def _keys(target: str) -> dict[str, Reader]:
    def key(value: Any, notes: Notes) -> str | None:
        """The id alone, of a reference to a `target` on this server; nothing for all other references."""
        if value.__class__ is not dict:
            raise Odd("not an object")
        literal = value.get("reference")
        found = references.split(literal) if isinstance(literal, str) else None
        return found.id if found and found.type == target and found.base is None else None

    return {"Reference": key}


TYPES = (
    Type("identifier", {"Identifier": identifier}),
    Type("reference", {"Reference": reference}),
    Type("key", _keys("Resource"), readers_to=_keys),
)
