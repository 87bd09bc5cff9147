"""References and identifiers: as sent, and taken apart into keys where that is certain.

https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/datatypes.html#Identifier
"""

from typing import Any

from gateway.fhir import references
from gateway.mapping.types.coded import concept
from gateway.mapping.types.times import period
from gateway.mapping.types.words import display
from gateway.mapping.values.shape import Lens, Notes, Odd, Origins, Part, Type, Unwritable, text
from gateway.mapping.values.structures import deriving, follows, read_plain, structure

V2_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"


_KEYS = (Part("", "match", text), Part("", "kind", text))


def _identifier_keys(document: dict[str, Any], notes: Notes) -> None:
    if "value" in document:
        document["match"] = document["value"].strip()
    codings = document.get("type", {}).get("codings", ())
    kinds = {coding.get("code") for coding in codings if coding.get("system") == V2_IDENTIFIER_TYPES}
    if len(kinds) == 1 and (kind := kinds.pop()):
        document["kind"] = kind


def _keyed_identifier(*parts: Part) -> Lens:
    return deriving(structure(*parts), _KEYS, _identifier_keys)


def _keyed_reference(*parts: Part) -> Lens:
    """`type` is both: an element, and what follows from the reference where that tells it."""
    lens = structure(*parts)
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document and (found := _literal(document)):
            document["type"] = found.type
            if found.base is None:
                document["id"] = found.id
        return document

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict:
            raise Unwritable("an object is due")
        given = {name: part for name, part in value.items() if name != "id"}
        if literal := _literal(given):
            said = raw.get("type") if isinstance(raw, dict) else None
            given = {name: part for name, part in given.items() if name != "type"}
            if said is not None:
                given["type"] = said if raw.get("reference") == given["reference"] else literal.type
        made = write(given, raw, origins)
        follows(value, frozenset({"id", "type"}), read_plain(get, raw), read_plain(get, made))
        return made

    return Lens(get, put, parts=lens.parts, rest=(Part("", "id", text),), tell=_without_type)


def _without_type(document: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in document.items() if name != "type"} if _literal(document) else document


def _literal(document: dict[str, Any]) -> references.Ref | None:
    literal = document.get("reference")
    return references.parse_reference(literal) if literal.__class__ is str else None


# A reference may hold an identifier and an identifier a reference; the document goes one step and no further.
_identifier = (
    Part("use", "use", text),
    Part("type", "type", concept),
    Part("system", "system", text),
    Part("value", "value", text),
    Part("period", "period", period),
)
_reference = (Part("reference", "reference", text), Part("type", "type", text), Part("display", "display", display))
_assigner = Part("assigner", "assigner", _keyed_reference(*_reference))
_logical = Part("identifier", "identifier", _keyed_identifier(*_identifier))

# `value` as sent, `match` trimmed; `kind` is the HL7 v2 code of its type (MR, SS, NI…) where there is exactly one.
identifier = _keyed_identifier(*_identifier, _assigner)

# `type` and `id` are the key of a resource on this server. An absolute URL names a resource of another server, whose
# id may be someone else's here, so it gets no `id`; neither does any other form of reference.
reference = _keyed_reference(*_reference, _logical)


def _keys(target: str) -> dict[str, Lens]:
    def key(value: Any, notes: Notes) -> str | None:
        """The id alone, of a reference to a `target` on this server; nothing for all other references."""
        if value.__class__ is not dict:
            raise Odd("not an object")
        literal = value.get("reference")
        found = references.parse_reference(literal) if isinstance(literal, str) else None
        return found.id if found and found.type == target and found.base is None else None

    def put(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
        """Another key is another resource: the display and identifier of the old one must not stay."""
        if value.__class__ is not str or not references.parse_reference(f"{target}/{value}"):
            raise Unwritable(f"the id of a {target} is due")
        return {"reference": f"{target}/{value}"}

    return {"Reference": Lens(key, put, "text")}


TYPES = (
    Type("identifier", {"Identifier": identifier}),
    Type("reference", {"Reference": reference}),
    Type("key", _keys("Resource"), lenses_to=_keys),
)
