"""Read references and identifiers as sent, with keys for matching where these are certain.

https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/datatypes.html#Identifier
"""

from typing import Any

from gateway.fhir import references
from gateway.mapping.types.cleaned_text import display
from gateway.mapping.types.codings import concept
from gateway.mapping.types.times import period
from gateway.mapping.values.lens import Lens, Notes, Origins, Part, Type, Unreadable, Unwritable, text
from gateway.mapping.values.structures import deriving, read_plain, refuse_changed_derived, structure

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
    """Return the lens of a reference with `type` and `id` added if the reference names a resource.

    `type` is also an element: it is derived if the reference tells it, else it is what was sent.
    """
    lens = structure(*parts)
    read, write = lens.get, lens.put
    assert write is not None

    def get(value: Any, notes: Notes) -> dict[str, Any] | None:
        document: dict[str, Any] | None = read(value, notes)
        if document and (target := _literal(document)):
            document["type"] = target.type
            if target.base is None:
                document["id"] = target.id
        return document

    def put(value: Any, raw: Any, origins: Origins) -> Any:
        if value.__class__ is not dict:
            raise Unwritable("must be an object")
        without_id = {name: part for name, part in value.items() if name != "id"}
        if literal := _literal(without_id):
            sent_type = raw.get("type") if isinstance(raw, dict) else None
            without_id = {name: part for name, part in without_id.items() if name != "type"}
            if sent_type is not None:
                without_id["type"] = sent_type if raw.get("reference") == without_id["reference"] else literal.type
        written = write(without_id, raw, origins)
        refuse_changed_derived(value, frozenset({"id", "type"}), read_plain(get, raw), read_plain(get, written))
        return written

    return Lens(get, put, parts=lens.parts, derived=(Part("", "id", text),), strip_derived=_without_type)


def _without_type(document: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in document.items() if name != "type"} if _literal(document) else document


def _literal(document: dict[str, Any]) -> references.Ref | None:
    literal = document.get("reference")
    return references.parse_reference(literal) if literal.__class__ is str else None


# A reference may hold an identifier, and an identifier a reference (its assigner): the document goes one step down.
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

# `match` is `value` trimmed; `kind` is the HL7 v2 code of its type (MR, SS, NI…) if there is exactly one.
identifier = _keyed_identifier(*_identifier, _assigner)

# `type` and `id` are the key of a resource on this server. An absolute URL names a resource on another server, whose id
# may belong to somebody else here, so it gets no `id`; nor does any other form of reference.
reference = _keyed_reference(*_reference, _logical)


def _keys(target: str) -> dict[str, Lens]:
    def key(value: Any, notes: Notes) -> str | None:
        """Read the id of a reference to a `target` on this server; all other references read as None."""
        if value.__class__ is not dict:
            raise Unreadable("not an object")
        literal = value.get("reference")
        target_reference = references.parse_reference(literal) if isinstance(literal, str) else None
        return (
            target_reference.id
            if target_reference and target_reference.type == target and target_reference.base is None
            else None
        )

    def put(value: Any, raw: Any, origins: Origins) -> dict[str, str]:
        # Another key is another resource: the display and the identifier of the old one must not stay.
        if value.__class__ is not str or not references.parse_reference(f"{target}/{value}"):
            raise Unwritable(f"must be the id of a {target}")
        return {"reference": f"{target}/{value}"}

    return {"Reference": Lens(key, put, "text")}


TYPES = (
    Type("identifier", {"Identifier": identifier}),
    Type("reference", {"Reference": reference}),
    Type("key", _keys("Resource"), lenses_to=_keys),
)
