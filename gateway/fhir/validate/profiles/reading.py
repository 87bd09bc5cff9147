"""A StructureDefinition of derivation `constraint`, read into a tree of what it asks for, element by element.

https://hl7.org/fhir/R4/profiling.html. A snapshot is read as it is. A differential says only what is new, and that is
enough here, as the checks of the base type are made anyway: it is laid over its base profile, if that is a profile.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from gateway.errors import Severity
from gateway.fhir import r4
from gateway.fhir.json import Resource
from gateway.fhir.validate.profiles.definition import Expected, Node, Slicing, TypeOf

Elements = dict[str, dict[str, Any]]
"""Element id -> ElementDefinition, in the order of the definition."""


def elements(definition: Resource, base: Elements | None) -> Elements:
    """Those of the snapshot, else of the differential laid over `base`, the elements of the profile it derives from."""
    if listed := definition.get("snapshot", {}).get("element"):
        return dict(_identified(definition["type"], listed))
    found = dict(base or {})
    for id_, element in _identified(definition["type"], definition.get("differential", {}).get("element", ())):
        found[id_] = {**found.get(id_, {}), **element}
    return found


def _identified(type_: str, listed: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Ids are optional in R4: without them, a path and a slice name belong to the slice that was opened last."""
    opened: dict[str, str] = {}
    for element in listed:
        path, name = element["path"], element.get("sliceName", "")
        above, _, last = path.rpartition(".")
        made = f"{opened.get(above, above)}.{last}" if above else last
        id_ = element.get("id") or made + (f":{name}" if name else "")
        opened = {known: id_ for known, id_ in opened.items() if not known.startswith(path + ".")} | {path: id_}
        yield _spelt_out(type_, id_), element


def _spelt_out(type_: str, id_: str) -> str:
    """`Observation.valueQuantity.code`, which differentials may say for `Observation.value[x]:valueQuantity.code`."""
    root, *steps = id_.split(".")
    written, owner = [root], type_
    for step in steps:
        name = step.partition(":")[0].removesuffix("[x]")
        known = r4.types()[owner].elements if owner in r4.types() else {}
        form = next((f for f in _forms(known) if f[1] == step), None) if name not in known else None
        written.append(f"{form[0]}[x]:{step}" if form else step)
        owner = form[2] if form else known[name].types[0] if name in known else ""
    return ".".join(written)


def _forms(known: Mapping[str, r4.Element]) -> Iterator[tuple[str, str, str]]:
    """(element, member, type) of all choices: ("value", "valueQuantity", "Quantity")."""
    for name, element in known.items():
        if element.choice:
            yield from ((name, name + code[0].upper() + code[1:], code) for code in element.types)


def tree(type_: str, found: Elements) -> Node:
    """The root of `found`."""
    root = Node(type_, type_)
    for id_, element in found.items():
        steps = id_.split(".")[1:]
        if not any("/" in step for step in steps):  # a slice of a slice
            _fill(_reached(root, steps), element)
    return root


def _reached(root: Node, steps: list[str]) -> Node:
    node = root
    for step in steps:
        name, _, slice_name = step.partition(":")
        plain = name.removesuffix("[x]")
        below = f"{node.id}.{plain}"
        node = node.children.setdefault(plain, Node(below, plain))
        if slice_name:
            made = Node(f"{below}:{slice_name}", plain, slice_name, types=_by_name(plain, slice_name))
            node = node.slices.setdefault(slice_name, made)
    return node


def _by_name(name: str, slice_name: str) -> tuple[TypeOf, ...]:
    """The type that `valueQuantity`, the name of a slice of value[x], stands for."""
    form = slice_name.removeprefix(name)
    known = (code for code in r4.types() if form != slice_name and code[0].upper() + code[1:] == form)
    return tuple(TypeOf(code, (), ()) for code in known)


def _fill(node: Node, element: dict[str, Any]) -> None:
    asked = msgspec.convert(element, _Asked)
    if asked.max != "*" and not asked.max.isdecimal():
        raise ValueError(f"{node.id} has the max {asked.max}")
    node.min, node.max, node.must_support = asked.min, asked.max, asked.mustSupport
    node.types = tuple(_types(asked)) or node.types
    node.rules = tuple(r for r in asked.constraint if r.expression and r.key not in _base_keys())
    for key, value in element.items():
        if key.startswith(("fixed", "pattern")):
            node.expected = Expected(value, key.startswith("fixed"))
    if asked.binding is not None and asked.binding.strength == "required" and asked.binding.valueSet:
        node.value_set = _plain(asked.binding.valueSet)
    if asked.slicing is not None:
        by = tuple((one.type, one.path) for one in asked.slicing.discriminator)
        node.slicing = Slicing(by, asked.slicing.rules, asked.slicing.ordered)


def _types(asked: "_Asked") -> Iterator[TypeOf]:
    for one in asked.type:
        if not one.code.startswith("http://hl7.org/fhirpath/"):
            yield TypeOf(one.code, tuple(map(_plain, one.profile)), tuple(map(_plain, one.targetProfile)))


def _plain(url: str) -> str:
    return url.partition("|")[0]


@cache
def _base_keys() -> frozenset[str]:
    """The rules of R4 itself, which snapshots repeat and the base checks evaluate."""
    types = r4.types().values()
    own = {rule.key for type_ in types for rule in type_.rules}
    return frozenset(own | {rule.key for type_ in types for one in type_.elements.values() for rule in one.rules})


# The part of ElementDefinition that is read here; what is not of this shape is refused.


class _Type(msgspec.Struct):
    code: str
    profile: list[str] = []
    targetProfile: list[str] = []


class _Rule(r4.Rule, frozen=True):
    severity: Severity = "error"
    human: str = ""
    expression: str = ""


class _Binding(msgspec.Struct):
    strength: str = ""
    valueSet: str = ""


class _Discriminator(msgspec.Struct):
    type: str
    path: str


class _Slicing(msgspec.Struct):
    discriminator: list[_Discriminator] = []
    rules: str = "open"
    ordered: bool = False


class _Asked(msgspec.Struct):
    min: int = 0
    max: str = "*"
    type: list[_Type] = []
    mustSupport: bool = False
    constraint: list[_Rule] = []
    binding: _Binding | None = None
    slicing: _Slicing | None = None
