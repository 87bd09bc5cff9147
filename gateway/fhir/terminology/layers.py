"""One layer of what is known: code systems and value sets by address, each in all its versions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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


class _ResourceTable(Generic[_Versioned]):
    """Resources by address, each read when it is asked for."""

    def __init__(self, read: Callable[[Row], _Versioned]) -> None:
        self._read: Callable[[Row], _Versioned] = read
        self._known: dict[str, list[Any]] = {}

    def add(self, url: str, one: Known) -> None:
        self._known.setdefault(url, []).append(one)

    def get(self, url: str) -> Sequence[_Versioned]:
        found = self._known.get(url, [])
        for at, one in enumerate(found):
            if isinstance(one, dict):
                found[at] = self._read({"url": url, **one})
        return found


def layer_of(known: Iterable[Known], *, contained: bool = False) -> Layer:
    """Of these; what is neither a CodeSystem nor a ValueSet is passed over. `contained`: known as `#id` as well.

    A resource is read when it is asked for; what then has not the shape of its type raises BadRequest.
    """
    systems, sets = _ResourceTable(CodeSystem.of), _ResourceTable(ValueSet.of)
    of_all: dict[str, str] = {}
    for one in known:
        kind = one.get("resourceType") if isinstance(one, dict) else type(one).__name__
        for url in _addresses(one, contained):
            if kind == "ValueSet":
                sets.add(url, one)
            elif kind == "CodeSystem":
                systems.add(url, one)
                of_all.update((name, url) for name in _of_all_codes(one))
    return Layer(systems.get, sets.get, lambda: of_all)


def _addresses(one: Known, contained: bool) -> Iterator[str]:
    url = one.get("url") if isinstance(one, dict) else one.url
    if isinstance(url, str):
        yield url
    if contained and isinstance(one, dict) and isinstance(one.get("id"), str):
        yield f"#{one['id']}"


def _of_all_codes(system: Known) -> Iterator[str]:
    said = system.get("valueSet") if isinstance(system, dict) else getattr(system, "value_set", None)
    if isinstance(said, str):
        yield said.partition("|")[0]


def of_version(found: Sequence[_Versioned], version: str | None) -> _Versioned | None:
    """The latest where no version is asked for."""
    if version is None:
        return max(found, key=lambda one: rank(one.version), default=None)
    return next((one for one in found if one.version == version), None)
