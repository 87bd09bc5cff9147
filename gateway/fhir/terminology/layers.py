"""One layer of the known resources: code systems and value sets by url, each in all its versions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gateway.fhir.terminology.canonical import rank
from gateway.fhir.terminology.codesystem import CodeSystem
from gateway.fhir.terminology.reading import Row
from gateway.fhir.terminology.valueset import ValueSet

Known = Row | CodeSystem | ValueSet
"""A resource as JSON, or already read."""

_Versioned = TypeVar("_Versioned", CodeSystem, ValueSet)


@dataclass(frozen=True, slots=True)
class Layer:
    """The resources of one layer.

    systems, sets: return all versions of a url.
    of_all: returns value set -> code system, for each code system that names the value set of all its codes.
    """

    systems: Callable[[str], Sequence[CodeSystem]]
    sets: Callable[[str], Sequence[ValueSet]]
    of_all: Callable[[], Mapping[str, str]]


class _ResourceTable(Generic[_Versioned]):
    """Resources by url. Each is read when it is first needed."""

    def __init__(self, read: Callable[[Row], _Versioned]) -> None:
        self._read: Callable[[Row], _Versioned] = read
        self._known: dict[str, list[Any]] = {}

    def add(self, url: str, resource: Known) -> None:
        self._known.setdefault(url, []).append(resource)

    def get(self, url: str) -> Sequence[_Versioned]:
        versions = self._known.get(url, [])
        for index, resource in enumerate(versions):
            if isinstance(resource, dict):
                versions[index] = self._read({"url": url, **resource})
        return versions


def layer_of(known: Iterable[Known], *, contained: bool = False) -> Layer:
    """Return the layer of the CodeSystems and ValueSets among `known`. With `contained`, `#id` is a url of each too.

    A resource is read when it is first needed, and raises BadRequest then if it is malformed.
    """
    systems, sets = _ResourceTable(CodeSystem.of), _ResourceTable(ValueSet.of)
    of_all: dict[str, str] = {}
    for resource in known:
        kind = resource.get("resourceType") if isinstance(resource, dict) else type(resource).__name__
        for url in _urls(resource, contained=contained):
            if kind == "ValueSet":
                sets.add(url, resource)
            elif kind == "CodeSystem":
                systems.add(url, resource)
                of_all.update((name, url) for name in _of_all_codes(resource))
    return Layer(systems.get, sets.get, lambda: of_all)


def _urls(resource: Known, *, contained: bool) -> Iterator[str]:
    url = resource.get("url") if isinstance(resource, dict) else resource.url
    if isinstance(url, str):
        yield url
    if contained and isinstance(resource, dict) and isinstance(resource.get("id"), str):
        yield f"#{resource['id']}"


def _of_all_codes(system: Known) -> Iterator[str]:
    value_set = system.get("valueSet") if isinstance(system, dict) else getattr(system, "value_set", None)
    if isinstance(value_set, str):
        yield value_set.partition("|")[0]


def of_version(resources: Sequence[_Versioned], version: str | None) -> _Versioned | None:
    """Return the resource of a version, the latest if `version` is None. Return None if there is none."""
    if version is None:
        return max(resources, key=lambda resource: rank(resource.version), default=None)
    return next((resource for resource in resources if resource.version == version), None)
