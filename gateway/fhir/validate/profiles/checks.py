"""What a node asks of the items at its place: how many, of which type, value and code, by which rules and slices."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.fhir import path, r4
from gateway.fhir.references import split
from gateway.fhir.validate.bindings import among
from gateway.fhir.validate.findings import Finding, shown
from gateway.fhir.validate.profiles.definition import Node, Slicing, TypeOf
from gateway.fhir.validate.profiles.given import STRUCTURE, Given
from gateway.fhir.validate.profiles.items import Item, family, is_a, items
from gateway.fhir.validate.profiles.matching import meets
from gateway.fhir.validate.profiles.slices import sliced


def members(node: Node, owner: Item, given: Given) -> Iterator[Finding]:
    """The findings in all elements of `owner`."""
    for name, child in node.children.items():
        found = items(owner, name)
        place = f"{owner.path}.{name}"
        yield from _count(child, found, place)
        for item in found:
            yield from one(child, item, given)
        if child.slices:
            yield from _slices(child, found, place, given)


def _count(node: Node, found: Sequence[Item], place: str) -> Iterator[Finding]:
    of = f"the slice {node.slice_name} of {node.name}" if node.slice_name else node.name
    if len(found) < node.min:
        need = "is required" if node.min == 1 else f"is required {node.min} times, found {len(found)}"
        yield Finding(place, "required", f"{of} {need}")
    if node.max != "*" and len(found) > int(node.max):
        most = "is not allowed" if node.max == "0" else f"may be there {node.max} times, found {len(found)}"
        yield Finding(found[int(node.max)].path, "structure", f"{of} {most}")


def one(node: Node, item: Item, given: Given) -> Iterator[Finding]:
    """The findings in one item."""
    if node.types and not is_a(item.type, {one.code for one in node.types}):
        allowed = " or ".join(one.code for one in node.types)
        yield Finding(item.path, "structure", f"{node.name} must be {allowed} here, not {item.type}")
        return
    if r4.types()[item.type].kind == "resource" and item.value is not given.resource:
        inside = item.path.rpartition(".")[2].startswith("contained")
        given = given._replace(resource=item.value, root=given.root if inside else item.value)
    if item.value is not None:
        yield from _value(node, item, given)
    yield from members(node, item, given)
    for type_ in node.types:
        if is_a(item.type, {type_.code}):
            yield from _typed(type_, item, given)


def sound(node: Node, item: Item, given: Given) -> bool:
    return not any(finding.severity == "error" for finding in one(node, item, given))


def _value(node: Node, item: Item, given: Given) -> Iterator[Finding]:
    if node.expected is not None and not meets(item.value, node.expected):
        verb = "be" if node.expected.exact else "have"
        yield Finding(item.path, "value", f"{node.name} must {verb} {shown(node.expected.value)}")
    if node.value_set is not None and (systems := given.expand(node.value_set)) is not None:
        bound = among(item.type, node.value_set, systems, lambda _: [])
        yield from (finding._replace(path=item.path) for finding in bound(item.value))
    for rule in node.rules:
        yield from _ruled(rule, item, given)


def _ruled(rule: r4.Rule, item: Item, given: Given) -> Iterator[Finding]:
    severity: Any = rule.severity
    try:
        found = path.compile(rule.expression)(
            item.value, type=item.type, resource=given.resource, rootResource=given.root
        )
    except path.PathError as error:
        yield Finding(item.path, "not-supported", f"{rule.key} is not evaluated: {error.text}", "warning")
        return
    if found == [False]:
        yield Finding(item.path, "invariant", f"{rule.key}: {rule.human}", severity)


def _typed(type_: TypeOf, item: Item, given: Given) -> Iterator[Finding]:
    """The profiles of a value's type, and those of what it refers to, as far as they are at hand."""
    roots = [given.root_of(url) for url in type_.profiles] if type_.code != "Extension" else []  # see Profiles
    known = [root for root in roots if root is not None]
    if known and len(known) == len(roots):
        verdicts = [[*one(root, item, given)] for root in known]
        if all(any(finding.severity == "error" for finding in verdict) for verdict in verdicts):
            yield from verdicts[0]
    if type_.targets and type(item.value) is dict and type(reference := item.value.get("reference")) is str:
        yield from _targets(type_, item, reference, given)


def _targets(type_: TypeOf, item: Item, reference: str, given: Given) -> Iterator[Finding]:
    parts = split(reference)
    allowed = {_target(url, given) for url in type_.targets}
    if parts is None or None in allowed or family(parts.type) & allowed:
        return
    text = f"a reference to {parts.type} is not allowed here, only to {' or '.join(sorted(map(str, allowed)))}"
    yield Finding(item.path, "structure", text)


def _target(url: str, given: Given) -> str | None:
    root = given.root_of(url)
    name = root.id if root is not None else url.removeprefix(STRUCTURE)
    return name if name in r4.types() else None


def _slices(node: Node, found: list[Item], place: str, given: Given) -> Iterator[Finding]:
    """A slice asks of its own items what a node asks; the slicing, what comes in which order and what else."""
    assigned, untold = sliced(node, found, given)
    for name, slice_ in node.slices.items():
        own = [item for item, to in zip(found, assigned, strict=True) if to == name]
        if name not in untold:
            yield from _count(slice_, own, place)
        for item in own:
            yield from one(slice_, item, given)
    if node.slicing is not None and not untold:
        yield from _order(node, node.slicing, found, assigned)


def _order(node: Node, slicing: Slicing, found: list[Item], assigned: list[str | None]) -> Iterator[Finding]:
    last, order = -1, list(node.slices)
    for index, (item, to) in enumerate(zip(found, assigned, strict=True)):
        if to is None:
            if slicing.rules == "closed":
                yield Finding(item.path, "structure", f"{node.name} has only the slices {', '.join(order)} here")
            if slicing.rules == "openAtEnd" and any(assigned[index:]):
                yield Finding(item.path, "structure", f"other {node.name} elements come after the slices")
        elif slicing.ordered and order.index(to) < last:
            yield Finding(item.path, "structure", f"the slice {to} of {node.name} comes too late")
        last = max(last, order.index(to)) if to is not None else last
