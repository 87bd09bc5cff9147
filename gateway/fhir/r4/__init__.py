"""The R4 definitions as data (https://hl7.org/fhir/R4/definitions.html), distilled by tools/generate_r4.py."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


class Invariant(msgspec.Struct, frozen=True):
    """An invariant; `expression` is FHIRPath evaluated on the element that carries it."""

    key: str
    severity: str
    human: str
    expression: str


class Element(msgspec.Struct, frozen=True):
    """One element. `types` are FHIR type codes, or the table's own name of a backbone (`Patient.contact`).

    A choice element (`value[x]`) is listed once, as `value`, with `choice` true. `required` is the value set of a
    required binding, `targets` the resource types a Reference may point to.
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
        return self.max not in ("0", "1")


class TypeDefinition(msgspec.Struct, frozen=True):
    """A primitive, complex, backbone or resource type with ALL its elements, the inherited ones first."""

    kind: str
    base: str | None
    elements: dict[str, Element]
    rules: tuple[Invariant, ...] = ()
    abstract: bool = False
    regex: str | None = None


class Component(msgspec.Struct, frozen=True):
    code: str
    type: str
    expression: str


class SearchParameter(msgspec.Struct, frozen=True):
    """A search parameter on one base type; `expression` holds only the parts for that base."""

    type: str
    url: str
    expression: str | None = None
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()


class ExtensionPart(msgspec.Struct, frozen=True):
    """An extension or one within another: `types` of its value (none: it has no value), or the `parts` it is made of.

    `min` and `max` say how often it may stand in one element.
    """

    min: int
    max: str
    types: tuple[str, ...] = ()
    required: str | None = None
    parts: dict[str, "ExtensionPart"] = {}


class Extension(ExtensionPart, frozen=True):
    """An extension of the specification. `contexts` are elements (`Patient.birthDate`) and types (`HumanName`)."""

    contexts: tuple[str, ...] = ()
    modifier: bool = False


def _load(name: str, shape: Any) -> Any:
    return msgspec.json.decode(files(__name__).joinpath(name).read_bytes(), type=shape)


@cache
def types() -> dict[str, TypeDefinition]:
    table: dict[str, TypeDefinition] = _load("types.json", dict[str, TypeDefinition])
    return table


@cache
def resource_types() -> frozenset[str]:
    """The 146 concrete resource types and Parameters, Binary, Bundle: all that may stand in `resourceType`."""
    return frozenset(name for name, type_ in types().items() if type_.kind == "resource" and not type_.abstract)


@cache
def search_parameters() -> dict[str, dict[str, SearchParameter]]:
    """base type -> parameter code -> definition; the common ones under `Resource` and `DomainResource`."""
    table: dict[str, dict[str, SearchParameter]] = _load("search.json", dict[str, dict[str, SearchParameter]])
    return table


@cache
def codes() -> dict[str, dict[str, frozenset[str]] | None]:
    """Value set of a required binding -> system -> codes; None where the definitions cannot expand it."""
    table: dict[str, dict[str, frozenset[str]] | None] = _load(
        "codes.json", dict[str, dict[str, frozenset[str]] | None]
    )
    return table


@cache
def compartments() -> dict[str, dict[str, tuple[str, ...]]]:
    """compartment (`Patient`) -> resource type -> the search parameters that put a resource into it."""
    table: dict[str, dict[str, tuple[str, ...]]] = _load("compartments.json", dict[str, dict[str, tuple[str, ...]]])
    return table


@cache
def extensions() -> dict[str, Extension]:
    """Address -> the extensions that R4 itself defines (https://hl7.org/fhir/R4/extensibility-registry.html)."""
    table: dict[str, Extension] = _load("extensions.json", dict[str, Extension])
    return table
