"""Check the items of one element against a node: their number, types, values, codes, rules and slices."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway import budget
from gateway.fhir import path, r4
from gateway.fhir.validate.findings import ValidationIssue, shown
from gateway.fhir.validate.profiles import limits
from gateway.fhir.validate.profiles.definition import Binding, Node, Slicing
from gateway.fhir.validate.profiles.given import Given
from gateway.fhir.validate.profiles.items import ProfiledItem, is_a, items
from gateway.fhir.validate.profiles.matching import meets
from gateway.fhir.validate.profiles.slices import sliced, why_undecided
from gateway.fhir.validate.profiles.types import check_type

_UNDECIDED = frozenset({"not-found", "not-supported"})


def members(node: Node, owner: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    """Yield the findings in all elements of `owner`."""
    for name, child in node.children.items():
        found = items(owner, name)
        place = f"{owner.path}.{name}"
        yield from _count(child, found, place, possible=len(found))
        for item in found:
            yield from one(child, item, given)
        if child.slices:
            yield from _slices(child, found, place, given)


def _count(node: Node, found: Sequence[ProfiledItem], place: str, *, possible: int) -> Iterator[ValidationIssue]:
    """Report too few or too many items. `possible`: how many there may be, undecided items included."""
    of = f"the slice {node.slice_name} of {node.name}" if node.slice_name else node.name
    if possible < node.min:
        need = "is required" if node.min == 1 else f"is required {node.min} times, found {len(found)}"
        yield ValidationIssue(place, "required", f"{of} {need}")
    if node.max != "*" and len(found) > int(node.max):
        most = "is not allowed" if node.max == "0" else f"may be there {node.max} times, found {len(found)}"
        yield ValidationIssue(found[int(node.max)].path, "structure", f"{of} {most}")


def one(node: Node, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    """Yield the findings in one item. Raises TooCostly when the request has no time left."""
    budget.check()
    within = given.inside(node, item)
    if within is None:
        return
    given = within
    if node.types and not is_a(item.type, {one.code for one in node.types}):
        allowed = " or ".join(one.code for one in node.types)
        yield ValidationIssue(item.path, "structure", f"{node.name} must be {allowed} here, not {item.type}")
        return
    if r4.types()[item.type].kind == "resource" and item.value is not given.resource:
        contained = given.root.get("contained")
        inside = isinstance(contained, list) and any(resource is item.value for resource in contained)
        given = given._replace(resource=item.value, root=given.root if inside else item.value)
    yield from (gap._replace(path=item.path) for gap in node.gaps)
    if item.value is not None:
        yield from _value(node, item, given)
    elif node.expected is not None:
        yield ValidationIssue(item.path, "value", f"{node.name} must be {shown(node.expected.value)}, and has no value")
    for rule in node.rules:
        yield from _ruled(rule, item, given)
    yield from members(node, item, given)
    for type_ in node.types:
        if is_a(item.type, {type_.code}):
            yield from check_type(type_, item, given, one)


def sound(node: Node, item: ProfiledItem, given: Given) -> bool | None:
    """Tell whether an item meets a node; None if it has no fault but not everything could be evaluated."""
    undecided = False
    for finding in one(node, item, given):
        if finding.severity == "error":
            return False
        undecided = undecided or (finding.severity == "warning" and finding.code in _UNDECIDED)
    return None if undecided else True


def _value(node: Node, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    if node.expected is not None and not meets(item.value, node.expected):
        verb = "be" if node.expected.exact else "have"
        yield ValidationIssue(item.path, "value", f"{node.name} must {verb} {shown(node.expected.value)}")
    for binding in node.bindings:
        yield from _bound(binding, item, given)
    yield from limits.findings(node, item)


def _bound(binding: Binding, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    required = binding.strength == "required"
    verdict = given.judge(binding.value_set, item)
    if verdict.member is None:
        text = f"it cannot be told whether this is in the {binding.strength} value set {binding.value_set}"
        yield ValidationIssue(
            item.path, "not-supported", f"{text}: {verdict.text}", "warning" if required else "information"
        )
    elif not verdict.member and required:
        yield ValidationIssue(
            item.path, "code-invalid", f"the value set {binding.value_set} is required; {verdict.text}"
        )
    elif not verdict.member:
        text = f"there should be a code of the value set {binding.value_set}, unless none of it fits; {verdict.text}"
        yield ValidationIssue(item.path, "code-invalid", text, "warning")


def _ruled(rule: r4.Invariant, item: ProfiledItem, given: Given) -> Iterator[ValidationIssue]:
    severity: Any = rule.severity
    try:
        found = path.compile(rule.expression)(
            item.value, type=item.type, _extra=item.extra, resource=given.resource, rootResource=given.root
        )
    except path.PathError as error:
        yield ValidationIssue(item.path, "not-supported", f"{rule.key} is not evaluated: {error.text}", "warning")
        return
    if found == [False]:
        yield ValidationIssue(item.path, "invariant", f"{rule.key}: {rule.human}", severity)


def _slices(node: Node, found: list[ProfiledItem], place: str, given: Given) -> Iterator[ValidationIssue]:
    """Check the items of each slice like items of a node, then their order and the items outside of slices."""
    assigned, undecided = sliced(node, found, given)
    by = " and ".join(f"{kind} {where}" for kind, where in node.slicing.discriminators) if node.slicing else ""
    for name, slice_ in node.slices.items():
        own = [item for item, to in zip(found, assigned, strict=True) if to == name]
        undecided_items = [item for item, names in zip(found, undecided, strict=True) if name in names]
        yield from _count(slice_, own, place, possible=len(own) + len(undecided_items))
        for item in own:
            yield from one(slice_, item, given)
        why = why_undecided(slice_, given) if undecided_items else ""
        for item in undecided_items:
            text = f"it cannot be told by {by or 'anything'} whether this is in the slice {name} of {node.name}"
            text = f"{text}, so the rules of the slice are not checked here{': ' + why if why else ''}"
            yield ValidationIssue(item.path, "not-supported", text, "warning")
    if node.slicing is not None:
        yield from _order(node, node.slicing, found, assigned, any(undecided))


def _order(
    node: Node, slicing: Slicing, found: list[ProfiledItem], assigned: list[str | None], undecided: bool
) -> Iterator[ValidationIssue]:
    """Report items in the wrong order, and items outside the slices where none may be. While the slices of some items
    are undecided, report only what is wrong in any case."""
    last, order = -1, list(node.slices)
    for index, (item, to) in enumerate(zip(found, assigned, strict=True)):
        if to is None and not undecided:
            if slicing.rules == "closed":
                yield ValidationIssue(
                    item.path, "structure", f"{node.name} has only the slices {', '.join(order)} here"
                )
            if slicing.rules == "openAtEnd" and any(assigned[index:]):
                yield ValidationIssue(item.path, "structure", f"other {node.name} elements come after the slices")
        elif to is not None and slicing.ordered and order.index(to) < last:
            yield ValidationIssue(item.path, "structure", f"the slice {to} of {node.name} comes too late")
        last = max(last, order.index(to)) if to is not None else last
