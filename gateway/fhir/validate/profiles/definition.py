"""Represent a profile as a tree: a node for each element and slice that it mentions."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.validate.findings import ValidationIssue


class TypeOf(NamedTuple):
    """An allowed type: its code, profiles of which a value must meet one, and profiles of a Reference's target."""

    code: str
    profiles: tuple[str, ...]
    targets: tuple[str, ...]


class Expected(NamedTuple):
    """A fixed[x] or pattern[x]."""

    value: Any
    exact: bool  # fixed[x]; else pattern[x]


class Slicing(NamedTuple):
    """The slices of an element, and how to tell them apart."""

    discriminators: tuple[tuple[str, str], ...]  # (type, path)
    rules: str
    ordered: bool


class Binding(NamedTuple):
    """A required or extensible binding. The value set is a canonical address."""

    strength: str
    value_set: str


class ValueLimit(NamedTuple):
    """minValue[x] or maxValue[x], with the type from its name."""

    type: str
    value: Any


@dataclass(slots=True, eq=False)
class Node:
    """The rules of a profile for one element or slice; None and empty where there is no rule.

    gaps: findings that tell what the profile asks here and the gateway does not evaluate; their path is empty. At a
        root, the code `not-found` says that a base of the profile is not known, so that part of the profile is missing.
    """

    id: str
    name: str
    slice_name: str = ""
    choice: bool = False
    min: int = 0
    max: str = "*"
    types: tuple[TypeOf, ...] = ()
    expected: Expected | None = None
    bindings: tuple[Binding, ...] = ()
    max_length: int | None = None
    lowest: ValueLimit | None = None
    highest: ValueLimit | None = None
    rules: tuple[r4.Invariant, ...] = ()
    gaps: tuple[ValidationIssue, ...] = ()
    must_support: bool = False
    slicing: Slicing | None = None
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: dict[str, "Node"] = field(default_factory=dict)
