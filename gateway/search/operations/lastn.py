"""Which Observations are the last of their kind: https://hl7.org/fhir/R4/observation-operation-lastn.html

Pure: given all Observations that match, newest first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.fhir.fhir_json import Resource
from gateway.search.definitions.parameters import parameters

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class Dated(Generic[Held]):
    """An Observation's `code`, its earliest effective moment, and whatever the caller wants back."""

    code: Resource
    at: int
    held: Held


def coded(name: str) -> bool:
    """Whether a parameter, without its modifiers, says what was observed: of these the operation needs one."""
    parameter = parameters("Observation").get(name.partition(":")[0])
    if parameter is None:
        return False
    return parameter.name == "category" or any(
        part.rpartition(".")[2].lower().startswith(("code", "valuecodeableconcept")) or ".code" in part
        for part in (parameter.expression, *(one.expression for one in parameter.components))
    )


def last(observations: Sequence[Dated[Held]], most: int) -> list[Held]:
    """At most `most` of each kind, or more where several are equally old. Codes that ever stand together in one
    Observation are the same kind."""
    kinds = _Kinds()
    for one in observations:
        kinds.join(_names(one.code))
    taken: dict[str, list[int]] = {}
    chosen = []
    for one in observations:
        moments = taken.setdefault(kinds.of(_names(one.code)), [])
        if len(moments) < most or moments[most - 1] == one.at:
            moments.append(one.at)
            chosen.append(one.held)
    return chosen


def _names(code: Resource) -> list[str]:
    """ "Text only codes SHALL be treated and grouped based on the text." """
    names = [f"{coding.get('system', '')}|{coding['code']}" for coding in _codings(code)]
    return names or [f"text:{code.get('text', '')}"]


def _codings(code: Resource) -> Iterator[Resource]:
    return (one for one in code.get("coding", ()) if isinstance(one, dict) and "code" in one)


class _Kinds:
    """Names that mean the same, joined: a union-find."""

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
