"""What a profile asks for, as a tree: one node for each element and slice that it speaks of."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.fhir import r4


class TypeOf(NamedTuple):
    """An allowed type: its code, the profiles of which a value has to meet one, and those of a Reference's target."""

    code: str
    profiles: tuple[str, ...]
    targets: tuple[str, ...]


class Expected(NamedTuple):
    value: Any
    exact: bool  # fixed[x]; else pattern[x]


class Slicing(NamedTuple):
    discriminators: tuple[tuple[str, str], ...]  # (type, path)
    rules: str
    ordered: bool


@dataclass(slots=True, eq=False)
class Node:
    """What is asked of one element or slice; None and empty where nothing is."""

    id: str
    name: str
    slice_name: str = ""
    min: int = 0
    max: str = "*"
    types: tuple[TypeOf, ...] = ()
    expected: Expected | None = None
    value_set: str | None = None
    rules: tuple[r4.Rule, ...] = ()
    must_support: bool = False
    slicing: Slicing | None = None
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: dict[str, "Node"] = field(default_factory=dict)
