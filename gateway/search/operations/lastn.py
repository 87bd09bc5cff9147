"""Choose the most recent Observations of each kind: https://hl7.org/fhir/R4/observation-operation-lastn.html

The search for all matching Observations comes before, in `gateway.api.operations.lastn`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.fhir.fhir_json import Resource
from gateway.search.definitions.parameters import parameters

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Item]):
    """An Observation's `code`, its earliest effective moment, and whatever the caller wants back."""

    code: Resource
    at: int
    item: Item


def coded(name: str) -> bool:
    """Tell whether a parameter says what was observed: the operation needs one such. `name` may have a modifier."""
    parameter = parameters("Observation").get(name.partition(":")[0])
    if parameter is None:
        return False
    return parameter.name == "category" or any(
        part.rpartition(".")[2].lower().startswith(("code", "valuecodeableconcept")) or ".code" in part
        for part in (parameter.expression, *(component.expression for component in parameter.components))
    )


def last(observations: Sequence[Dated[Item]], most: int) -> list[Item]:
    """Return the items of the first `most` of each kind, or of more where several are equally old.

    observations: the newest first. Codes that stand together in any Observation are of one kind.
    """
    kinds = _Kinds()
    for observation in observations:
        kinds.join(_names(observation.code))
    moments_of: dict[str, list[int]] = {}
    chosen = []
    for observation in observations:
        moments = moments_of.setdefault(kinds.of(_names(observation.code)), [])
        if len(moments) < most or moments[most - 1] == observation.at:
            moments.append(observation.at)
            chosen.append(observation.item)
    return chosen


def _names(code: Resource) -> list[str]:
    """ "Text only codes SHALL be treated and grouped based on the text." """
    names = [f"{coding.get('system', '')}|{coding['code']}" for coding in _codings(code)]
    return names or [f"text:{code.get('text', '')}"]


def _codings(code: Resource) -> Iterator[Resource]:
    return (coding for coding in code.get("coding", ()) if isinstance(coding, dict) and "code" in coding)


class _Kinds:
    """Sets of names that mean the same: a union-find."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, names: Iterable[str]) -> None:
        first, *others = [self._root(name) for name in names]
        for other in others:
            self._parent[self._root(other)] = self._root(first)

    def of(self, names: Sequence[str]) -> str:
        return self._root(names[0])

    def _root(self, name: str) -> str:
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = name = self._parent[self._parent[name]]
        return name
