"""Read a StructureDefinition of derivation `constraint` into a tree of rules, element by element.

https://hl7.org/fhir/R4/profiling.html. A snapshot is read as it is. A differential is laid over the base profile, if
the base is a profile; the rules of the base type are checked in any case.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from gateway.errors import Severity
from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import native
from gateway.fhir.validate.findings import ValidationIssue
from gateway.fhir.validate.invariants import SKIPPED
from gateway.fhir.validate.profiles.definition import Binding, Expected, Node, Slicing, TypeOf, ValueLimit
from gateway.fhir.validate.profiles.element_paths import exists
from gateway.fhir.validate.profiles.registry import STRUCTURE

_SIMPLE_QUANTITY = "sqty-1"
_MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"

Elements = dict[str, dict[str, Any]]
"""Element id -> ElementDefinition, in the order of the definition."""


def snapshot_elements(definition: Resource) -> Elements | None:
    """Return the elements of the snapshot, None if there is no snapshot and the base has to be read as well."""
    snapshot = definition.get("snapshot", {}).get("element")
    return dict(_identified(definition["type"], snapshot)) if snapshot else None


def over_base(definition: Resource, base: Elements) -> Elements:
    """Lay the differential over `base`, the elements of the profile that it derives from. Constraints add up;
    everything else in the differential replaces what the base says."""
    found = dict(base)
    for id_, element in _identified(definition["type"], definition.get("differential", {}).get("element", ())):
        before = found.get(id_, {})
        rules = [*before.get("constraint", ()), *element.get("constraint", ())]
        found[id_] = {**before, **element, **({"constraint": rules} if rules else {})}
    return found


def _identified(type_: str, listed: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the elements by id. Ids are optional in R4: without them, an element belongs to the slice that was opened
    last.
    """
    opened: dict[str, str] = {}
    for element in listed:
        path, name = element["path"], element.get("sliceName", "")
        above, _, last = path.rpartition(".")
        made = f"{opened.get(above, above)}.{last}" if above else last
        id_ = element.get("id") or made + (f":{name}" if name else "")
        opened = {known: id_ for known, id_ in opened.items() if not known.startswith(path + ".")} | {path: id_}
        yield _spelt_out(type_, id_), element


def _spelt_out(type_: str, id_: str) -> str:
    """Return the full id for a short form: `Observation.valueQuantity` means `Observation.value[x]:valueQuantity`."""
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
    """Yield (element, member, type) of all choices: ("value", "valueQuantity", "Quantity")."""
    for name, element in known.items():
        if element.choice:
            yield from ((name, name + code[0].upper() + code[1:], code) for code in element.types)


def tree(type_: str, found: Elements, missing: Iterable[str] = ()) -> Node:
    """Return the root of the elements `found`; `missing`: texts that say which of its bases are not known."""
    root = Node(type_, type_)
    repeating: list[tuple[Node, str]] = []
    gaps = [ValidationIssue("", "not-found", text, "warning") for text in missing]
    for id_, element in found.items():
        steps = id_.split(".")[1:]
        if any("/" in step for step in steps):
            gaps.append(_not_evaluated(f"the slice of a slice {id_}"))
            continue
        if not exists(type_, steps):
            gaps.append(_not_evaluated(f"{id_}, which is no element of {type_} in R4,"))
        node = _reached(root, steps)
        _fill(node, element)
        if (reference := element.get("contentReference", "")).startswith("#"):
            repeating.append((node, reference[1:]))
    for node, id_ in repeating:
        _repeat(root, node, id_)
    root.gaps = (*gaps, *root.gaps)
    return root


def _repeat(root: Node, node: Node, id_: str) -> None:
    """Give `node` the children of the element `id_` of the same profile, to which its contentReference leads."""
    target: Node | None = root
    for step in id_.split(".")[1:]:
        name, _, slice_name = step.partition(":")
        target = target.children.get(name.removesuffix("[x]")) if target is not None else None
        target = target.slices.get(slice_name) if target is not None and slice_name else target
    if target is not None and not node.children:
        node.children = target.children


def _not_evaluated(what: str) -> ValidationIssue:
    return ValidationIssue("", "not-supported", f"{what} is not evaluated", "warning")


def _reached(root: Node, steps: list[str]) -> Node:
    node = root
    for step in steps:
        name, _, slice_name = step.partition(":")
        plain = name.removesuffix("[x]")
        below = f"{node.id}.{plain}"
        node = node.children.setdefault(plain, Node(below, plain, choice=plain != name))
        if slice_name:
            made = Node(f"{below}:{slice_name}", plain, slice_name, types=_by_name(plain, slice_name))
            node = node.slices.setdefault(slice_name, made)
    return node


def _by_name(name: str, slice_name: str) -> tuple[TypeOf, ...]:
    """Return the type in the name of a slice of value[x], such as `valueQuantity`."""
    form = slice_name.removeprefix(name)
    known = (code for code in r4.types() if form != slice_name and code[0].upper() + code[1:] == form)
    return tuple(TypeOf(code, (), ()) for code in known)


def _fill(node: Node, element: dict[str, Any]) -> None:
    asked = msgspec.convert(element, _Asked)
    if asked.max != "*" and not asked.max.isdecimal():
        raise ValueError(f"{node.id} has the max {asked.max}")
    node.min, node.max, node.must_support = asked.min, asked.max, asked.mustSupport
    node.types = tuple(_types(asked)) or node.types
    rules = [rule for rule in asked.constraint if not _is_base_rule(rule)]
    node.rules = tuple(rule for rule in rules if rule.expression)
    node.gaps = tuple(_gaps(asked, rules))
    node.max_length = asked.maxLength
    _fill_values(node, element)
    node.bindings = tuple(_bindings(asked.binding))
    if asked.slicing is not None:
        by = tuple((one.type, one.path) for one in asked.slicing.discriminator)
        node.slicing = Slicing(by, asked.slicing.rules, asked.slicing.ordered)


def _fill_values(node: Node, element: dict[str, Any]) -> None:
    for key, value in element.items():
        if key.startswith(("fixed", "pattern")):
            node.expected = Expected(value, key.startswith("fixed"))
        elif key.startswith("minValue"):
            node.lowest = _limit(key.removeprefix("minValue"), value)
        elif key.startswith("maxValue"):
            node.highest = _limit(key.removeprefix("maxValue"), value)


def _limit(type_: str, value: Any) -> ValueLimit:
    name = type_ if type_ in r4.types() else type_[:1].lower() + type_[1:]
    if name not in r4.types():
        raise ValueError(f"no limit is a {type_[:64]}")
    return ValueLimit(name, value)


def _bindings(asked: "_Binding | None") -> Iterator[Binding]:
    if asked is None:
        return
    if asked.strength in ("required", "extensible") and asked.valueSet:
        yield Binding(asked.strength, asked.valueSet)
    for extension in asked.extension:
        if extension.url == _MAX_VALUE_SET and (address := extension.valueCanonical or extension.valueUri):
            yield Binding("required", address)


def _gaps(asked: "_Asked", rules: Iterable["_Rule"]) -> Iterator[ValidationIssue]:
    for rule in rules:
        if not rule.expression:
            yield _not_evaluated(f"the rule {rule.key}, which has no FHIRPath expression,")
    for type_ in asked.type:
        if type_.aggregation:
            yield _not_evaluated(f"that the target must be {' or '.join(type_.aggregation)}")
        if type_.versioning in ("independent", "specific"):
            yield _not_evaluated(f"that the reference must be version {type_.versioning}")


def _types(asked: "_Asked") -> Iterator[TypeOf]:
    for one in asked.type:
        if not one.code.startswith("http://hl7.org/fhirpath/"):
            yield TypeOf(one.code, tuple(one.profile), tuple(one.targetProfile))


def _is_base_rule(rule: "_Rule") -> bool:
    """Tell whether a rule is one of R4 itself, which snapshots repeat and the base checks evaluate. A profile may have
    another rule of the same key."""
    expressions = _base_rules().get(rule.key)
    if expressions is None:
        return False
    without_path = rule.key in SKIPPED or rule.key in native.KEYS
    return without_path or rule.expression in expressions or rule.source.startswith(STRUCTURE)


@cache
def _base_rules() -> dict[str, set[str]]:
    """Return key -> the expressions of the rules of R4 with that key. The rule of SimpleQuantity is left out, because
    it holds only where R4 names that type."""
    by_key: dict[str, set[str]] = {}
    for type_ in r4.types().values():
        for rules in (type_.rules, *(one.rules for one in type_.elements.values())):
            for rule in rules:
                by_key.setdefault(rule.key, set()).add(rule.expression)
    return {key: expressions for key, expressions in by_key.items() if key != _SIMPLE_QUANTITY}


# The part of ElementDefinition that is read here; what is not of this shape is refused.


class _Type(msgspec.Struct):
    code: str
    profile: list[str] = []
    targetProfile: list[str] = []
    aggregation: list[str] = []
    versioning: str = ""


class _Rule(r4.Invariant, frozen=True):
    severity: Severity = "error"
    human: str = ""
    expression: str = ""
    source: str = ""


class _Extension(msgspec.Struct):
    url: str = ""
    valueCanonical: str = ""
    valueUri: str = ""


class _Binding(msgspec.Struct):
    strength: str = ""
    valueSet: str = ""
    extension: list[_Extension] = []


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
    maxLength: int | None = None
    constraint: list[_Rule] = []
    binding: _Binding | None = None
    slicing: _Slicing | None = None
