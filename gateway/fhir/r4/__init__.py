"""The definitions of R4 as data (https://hl7.org/fhir/R4/definitions.html).

The JSON files beside this module are made by tools/generate_r4.py. Each is read once, when it is first needed.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


class Invariant(msgspec.Struct, frozen=True):
    """An invariant of an element or type.

    key: its name, `pat-1`.
    severity: error or warning.
    human: its text for people.
    expression: FHIRPath, evaluated on the element.
    """

    key: str
    severity: str
    human: str
    expression: str


class Element(msgspec.Struct, frozen=True):
    """An element of a type.

    types: FHIR type codes, or the path of a backbone element (`Patient.contact`), which is a type of its own here.
    choice: whether it is a choice. `value[x]` has the name `value`.
    targets: the resource types that a Reference may point to.
    required: the value set of a required binding.
    summary: whether `_summary` includes it.
    rules: its invariants.
    """

    min: int
    max: str
    types: tuple[str, ...]
    choice: bool = False
    targets: tuple[str, ...] = ()
    required: str | None = None
    summary: bool = False
    modifier: bool = False
    rules: tuple[Invariant, ...] = ()

    @property
    def many(self) -> bool:
        """Whether it may repeat, so that it is an array in JSON."""
        return self.max not in ("0", "1")


class TypeDefinition(msgspec.Struct, frozen=True):
    """A type with all its elements, the inherited ones first.

    kind: primitive, complex, backbone or resource.
    base: the type that it specializes, None for Element and Resource.
    regex: the form of a primitive.
    """

    kind: str
    base: str | None
    elements: dict[str, Element]
    rules: tuple[Invariant, ...] = ()
    abstract: bool = False
    regex: str | None = None


class Component(msgspec.Struct, frozen=True):
    """A part of a composite search parameter: the code of another parameter, and FHIRPath from the composite to it."""

    code: str
    type: str
    expression: str


class SearchParameter(msgspec.Struct, frozen=True):
    """A search parameter on one base type; `expression` has only the parts for this type."""

    type: str
    url: str
    expression: str | None = None
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()


class ExtensionPart(msgspec.Struct, frozen=True):
    """An extension, alone or within another extension.

    min, max: how often one element may have it.
    types: the types of its value, () if it has parts instead.
    required: the value set of a required binding.
    parts: the extensions within it, by url.
    """

    min: int
    max: str
    types: tuple[str, ...] = ()
    required: str | None = None
    parts: dict[str, "ExtensionPart"] = {}


class Extension(ExtensionPart, frozen=True):
    """An extension that the specification defines.

    contexts: the elements (`Patient.birthDate`) and types (`HumanName`) that may have it.
    modifier: whether it is a modifier extension.
    """

    contexts: tuple[str, ...] = ()
    modifier: bool = False


def _load(name: str, shape: Any) -> Any:
    return msgspec.json.decode(files(__name__).joinpath(name).read_bytes(), type=shape)


@cache
def types() -> dict[str, TypeDefinition]:
    """Return all types by name, backbone elements by path."""
    table: dict[str, TypeDefinition] = _load("types.json", dict[str, TypeDefinition])
    return table


@cache
def resource_types() -> frozenset[str]:
    """Return the concrete resource types: all values that `resourceType` may have."""
    return frozenset(name for name, type_ in types().items() if type_.kind == "resource" and not type_.abstract)


@cache
def search_parameters() -> dict[str, dict[str, SearchParameter]]:
    """Return base type -> parameter code -> definition; common parameters under `Resource` and `DomainResource`."""
    table: dict[str, dict[str, SearchParameter]] = _load("search.json", dict[str, dict[str, SearchParameter]])
    return table


@cache
def codes() -> dict[str, dict[str, frozenset[str]] | None]:
    """Return value set of a required binding -> system -> codes, with None if the definitions cannot expand it."""
    table: dict[str, dict[str, frozenset[str]] | None] = _load(
        "codes.json", dict[str, dict[str, frozenset[str]] | None]
    )
    return table


@cache
def compartments() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return compartment (`Patient`) -> resource type -> the search parameters that put a resource into it."""
    table: dict[str, dict[str, tuple[str, ...]]] = _load("compartments.json", dict[str, dict[str, tuple[str, ...]]])
    return table


@cache
def extensions() -> dict[str, Extension]:
    """Return the extensions of R4 by url (https://hl7.org/fhir/R4/extensibility-registry.html)."""
    table: dict[str, Extension] = _load("extensions.json", dict[str, Extension])
    return table
