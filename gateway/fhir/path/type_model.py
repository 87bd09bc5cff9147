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
    """The place of an element in JSON: under `key`, for a primitive also under `_key`.

    primitive, resource: whether `type` is a primitive, or a resource of any type.
    shapes: the Python classes that the JSON value may have.
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
    """Return the JSON places of the element `name` of a type, several for a choice, () if there is no such element."""
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
    """Tell whether R4 defines a type of this name."""
    return type_ in r4.types()


@cache
def ancestors(type_: str) -> tuple[str, ...]:
    """Return the type itself, then its bases up to Element or Resource."""
    line = []
    current: str | None = type_
    while current:
        line.append(current)
        definition = r4.types().get(current)
        current = definition.base if definition else None
    return tuple(line)


@cache
def is_open(type_: str) -> bool:
    """Tell whether a type is abstract (as of `contained`): then the JSON decides the concrete type."""
    definition = r4.types().get(type_)
    return definition is not None and definition.abstract


@cache
def matching(name: str) -> frozenset[str] | None:
    """Return all node types that `is name` accepts, subtypes included. Return None if there is no such type.

    A name without a namespace is looked up in FHIR and in System: `Quantity` means both.
    """
    namespace, _, bare = name.rpartition(".")
    types = set()
    if namespace in ("", "FHIR") and known(bare):
        types = {type_ for type_ in r4.types() if bare in ancestors(type_)}
    elif namespace not in ("", "FHIR", "System") and known(name):
        types = {name}  # a backbone element, `Patient.contact`
    if namespace in ("", "System") and bare in (*SYSTEM_TYPES, "Any"):
        types |= {f"System.{kind}" for kind in SYSTEM_TYPES if bare in (kind, "Any")}
    return frozenset(types) or (frozenset() if namespace == "System" else None)


@cache
def convertible(name: str) -> frozenset[str] | None:
    """Return all node types that `as name` and `ofType(name)` accept. Return None if there is no such type.

    For a FHIR primitive that is only the type itself, as in the HL7 tests: `code is string`, but not `code as string`.
    """
    types = matching(name)
    definition = r4.types().get(name.removeprefix("FHIR."))
    if types is None or definition is None or definition.kind != "primitive":
        return types
    return frozenset((name.removeprefix("FHIR."),))
