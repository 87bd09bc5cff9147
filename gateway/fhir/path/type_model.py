"""The R4 type model as FHIRPath sees it: elements by name, choices resolved, subtypes.

https://hl7.org/fhir/R4/fhirpath.html#polymorphism: `value` is the element, `valueQuantity` only its JSON name.
"""

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from gateway.fhir import r4
from gateway.fhir.path.values import SYSTEM_TYPES

Shapes = tuple[type, ...]


class JsonField(NamedTuple):
    """Where an element stands in JSON: under `key`, and for a primitive also under `_key`.

    `shapes`: the classes that the JSON value may have.
    """

    key: str
    type: str
    primitive: bool
    resource: bool
    shapes: Shapes


_SHAPES: dict[str, Shapes] = {
    "boolean": (bool,),
    "decimal": (int, Decimal, float),
    **dict.fromkeys(("integer", "positiveInt", "unsignedInt"), (int,)),
}


@cache
def fields(type_: str, name: str) -> tuple[JsonField, ...]:
    """The possible JSON places of element `name` on a type; empty when the type has no such element."""
    definition = r4.types().get(type_)
    element = definition.elements.get(name) if definition else None
    if element is None:
        return ()
    if element.choice:
        return tuple(_field(name + code[0].upper() + code[1:], code) for code in element.types)
    return (_field(name, element.types[0]),) if element.types else ()


def _field(key: str, type_: str) -> JsonField:
    type_ = "string" if type_ == "String" else type_
    definition = r4.types().get(type_)
    kind = definition.kind if definition else "complex"
    shapes = _SHAPES.get(type_, (str,)) if kind == "primitive" else (dict,)
    return JsonField(key, type_, kind == "primitive", kind == "resource", shapes)


@cache
def known(type_: str) -> bool:
    return type_ in r4.types()


@cache
def ancestors(type_: str) -> tuple[str, ...]:
    """The type itself, then its bases up to Element or Resource."""
    line = []
    current: str | None = type_
    while current:
        line.append(current)
        definition = r4.types().get(current)
        current = definition.base if definition else None
    return tuple(line)


@cache
def is_open(type_: str) -> bool:
    """Whether the JSON decides the type: an abstract resource (`contained`) is of some concrete type."""
    definition = r4.types().get(type_)
    return definition is not None and definition.abstract


@cache
def matching(name: str) -> frozenset[str] | None:
    """All node types that `is name` accepts, subtypes included; None when there is no such type.

    A bare name is looked up in FHIR and in System: `Quantity` means both.
    """
    space, _, bare = name.rpartition(".")
    found = set()
    if space in ("", "FHIR") and known(bare):
        found = {type_ for type_ in r4.types() if bare in ancestors(type_)}
    elif space not in ("", "FHIR", "System") and known(name):
        found = {name}
    if space in ("", "System") and bare in (*SYSTEM_TYPES, "Any"):
        found |= {f"System.{kind}" for kind in SYSTEM_TYPES if bare in (kind, "Any")}
    return frozenset(found) or (frozenset() if space == "System" else None)


@cache
def convertible(name: str) -> frozenset[str] | None:
    """All node types that `as name` and `ofType(name)` accept; None when there is no such type.

    Of FHIR primitives only the type itself, as the HL7 tests have it: a `code` is a `string`, but not as a string.
    """
    found = matching(name)
    definition = r4.types().get(name.removeprefix("FHIR."))
    if found is None or definition is None or definition.kind != "primitive":
        return found
    return frozenset((name.removeprefix("FHIR."),))
