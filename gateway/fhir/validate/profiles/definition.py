"""A StructureDefinition of derivation `constraint` as a tree of what it asks for, element by element.

https://hl7.org/fhir/R4/profiling.html. A snapshot is read as it is. A differential says only what is new, and that is
enough here, as the checks of the base type are made anyway: it is laid over its base profile, if that is a profile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.json import Resource

Elements = dict[str, dict[str, Any]]
"""Element id -> ElementDefinition, in the order of the definition."""


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
    node.min = element.get("min", node.min)
    node.max = element.get("max", node.max)
    if node.max != "*" and not node.max.isdecimal():
        raise ValueError(f"{node.id} has the max {node.max}")
    node.types = tuple(_types(element)) or node.types
    node.rules = tuple(_rules(element))
    node.must_support = element.get("mustSupport", False)
    for key, value in element.items():
        if key.startswith(("fixed", "pattern")):
            node.expected = Expected(value, key.startswith("fixed"))
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        node.value_set = str(binding["valueSet"]).partition("|")[0]
    if slicing := element.get("slicing"):
        by = tuple((one["type"], one["path"]) for one in slicing.get("discriminator", ()))
        node.slicing = Slicing(by, slicing.get("rules", "open"), slicing.get("ordered", False))


def _types(element: dict[str, Any]) -> Iterator[TypeOf]:
    for one in element.get("type", ()):
        if not one["code"].startswith("http://hl7.org/fhirpath/"):
            profiles, targets = one.get("profile", ()), one.get("targetProfile", ())
            yield TypeOf(one["code"], tuple(map(_plain, profiles)), tuple(map(_plain, targets)))


def _plain(url: str) -> str:
    return url.partition("|")[0]


@cache
def _base_keys() -> frozenset[str]:
    """The rules of R4 itself, which snapshots repeat and the base checks evaluate."""
    types = r4.types().values()
    own = {rule.key for type_ in types for rule in type_.rules}
    return frozenset(own | {rule.key for type_ in types for one in type_.elements.values() for rule in one.rules})


def _rules(element: dict[str, Any]) -> Iterator[r4.Rule]:
    for rule in element.get("constraint", ()):
        if "expression" in rule and rule["key"] not in _base_keys():
            yield r4.Rule(rule["key"], rule["severity"], rule.get("human", ""), rule["expression"])
