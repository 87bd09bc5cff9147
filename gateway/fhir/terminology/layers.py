"""One layer of what is known: code systems and value sets by address, each in all its versions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.fhir.terminology.canonical import rank
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.reading import Row
from gateway.fhir.terminology.valueset import ValueSet

Known = Row | CodeSystem | ValueSet
"""A resource, or the model that was made of it before."""

_Versioned = TypeVar("_Versioned", CodeSystem, ValueSet)


@dataclass(frozen=True, slots=True)
class Layer:
    """`of_all`: value set -> the code system that says it is the set of all its codes."""

    systems: Callable[[str], Sequence[CodeSystem]]
    sets: Callable[[str], Sequence[ValueSet]]
    of_all: Callable[[], Mapping[str, str]]


def layer_of(resources: Iterable[Known], *, contained: bool = False) -> Layer:
    """Of these; what is neither a CodeSystem nor a ValueSet is passed over. `contained`: known as `#id` as well.

    Raises BadRequest for one that has not the shape of its type.
    """
    systems: dict[str, list[CodeSystem]] = {}
    sets: dict[str, list[ValueSet]] = {}
    for one in resources:
        made = _model(_addressed(one) if contained else one) if isinstance(one, dict) else one
        names = [made.url, f"#{one.get('id')}"] if made and contained and isinstance(one, dict) else [made and made.url]
        for name in dict.fromkeys(name for name in names if name):
            if isinstance(made, CodeSystem):
                systems.setdefault(name, []).append(made)
            elif isinstance(made, ValueSet):
                sets.setdefault(name, []).append(made)
    of_all = {one.value_set.partition("|")[0]: url for url, many in systems.items() for one in many if one.value_set}
    return Layer(lambda url: systems.get(url, ()), lambda url: sets.get(url, ()), lambda: of_all)


def _addressed(resource: Row) -> Row:
    return resource if "url" in resource else {**resource, "url": f"#{resource.get('id')}"}


def _model(resource: Row) -> CodeSystem | ValueSet | None:
    type_ = resource.get("resourceType")
    if type_ == "CodeSystem":
        return CodeSystem.of(resource)
    return ValueSet.of(resource) if type_ == "ValueSet" else None


def of_version(found: Sequence[_Versioned], version: str | None) -> _Versioned | None:
    """The latest where no version is asked for."""
    if version is None:
        return max(found, key=lambda one: rank(one.version), default=None)
    return next((one for one in found if one.version == version), None)
