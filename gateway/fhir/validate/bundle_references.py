"""Check references inside a Bundle by the type of the entry that they resolve to.

A literal reference names its type. For `urn:uuid:…` and other fullUrls, the other entries are needed.
https://hl7.org/fhir/R4/bundle.html#references
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.references import parse_reference, target_type
from gateway.fhir.validate.findings import MOST, ValidationIssue, shown
from gateway.fhir.validate.shape import members
from gateway.fhir.validate.targets import named_type

_VERSION = "/_history/"


class _Member(NamedTuple):
    """A member of an object.

    step: the FHIRPath step that leads to it.
    type: its FHIR type.
    targets: the types that it may point to if it is a Reference; empty for any.
    """

    step: str
    type: str
    targets: frozenset[str]


def findings(bundle: dict[str, Any]) -> list[ValidationIssue]:
    """Report each reference whose entry is of a type that the element, or Reference.type, does not allow."""
    return list(islice(_findings(bundle), MOST))


def tells_wrong_type(resource: dict[str, Any]) -> bool:
    """Return whether a reference in the resource names a type that its element, or Reference.type, does not allow.

    This is all that can become wrong in a valid resource when its references are rewritten to `Type/id`.
    """
    return _tells_wrong_type(resource, "Resource")


def _tells_wrong_type(value: dict[str, Any], type_: str) -> bool:
    """Walk as `_references` does, but without paths, since this runs for every resource whose references a transaction
    rewrites.
    """
    below = _members(str(value.get("resourceType")) if type_ == "Resource" else type_)
    for key, child in value.items():
        if (type(child) is not dict and type(child) is not list) or (member := below.get(key)) is None:
            continue
        for item in child if type(child) is list else (child,):
            if type(item) is dict:
                if member.type == "Reference" and _names_wrong_type(item, member.targets):
                    return True
                if _tells_wrong_type(item, member.type):
                    return True
    return False


def _names_wrong_type(reference: dict[str, Any], allowed: frozenset[str]) -> bool:
    text = reference.get("reference")
    type_ = target_type(text) if type(text) is str else None
    return type_ is not None and bool((allowed and type_ not in allowed) or (named_type(reference) or type_) != type_)


def _findings(bundle: dict[str, Any]) -> Iterator[ValidationIssue]:
    entries = bundle.get("entry")
    objects = [entry if type(entry) is dict else {} for entry in entries] if type(entries) is list else []
    targets = {entry["fullUrl"]: entry["resource"] for entry in objects if _is_addressed(entry)}
    for index, entry in enumerate(objects):
        resource = entry.get("resource")
        if targets and type(resource) is dict and resource.get("resourceType") != "Bundle":
            root = _root(entry.get("fullUrl"))
            path = f".entry[{index}].resource"
            for where, reference, allowed in _references(resource, "Resource", path):
                yield from _judged(where, reference, allowed, _target(reference, root, targets))


def _is_addressed(entry: dict[str, Any]) -> bool:
    return type(entry.get("fullUrl")) is str and type(entry.get("resource")) is dict


def _root(full_url: Any) -> str:
    """Return the base of the entry's relative references: `http://host/fhir/` of `http://host/fhir/Type/id`."""
    parts = parse_reference(full_url) if type(full_url) is str else None
    return f"{parts.base}/" if parts is not None and parts.base else ""


def _target(reference: dict[str, Any], root: str, targets: Mapping[str, dict[str, Any]]) -> Any:
    """Return the type of the entry, or of the resource contained in it, that a reference leads to; None if it leads to
    no entry."""
    address, _, fragment = str(reference.get("reference", "")).partition("#")
    address = address.partition(_VERSION)[0]
    resource = targets.get(address) or targets.get(root + address) if address else None
    if resource is None or not fragment:
        return resource and resource.get("resourceType")
    contained = resource.get("contained")
    inner = [each for each in contained if type(each) is dict] if type(contained) is list else []
    return next((each.get("resourceType") for each in inner if each.get("id") == fragment), None)


def _judged(path: str, reference: dict[str, Any], allowed: frozenset[str], target: Any) -> Iterator[ValidationIssue]:
    literal = parse_reference(str(reference.get("reference")))
    if target is None or (literal is not None and literal.type == target):
        return  # a type in the text of the reference is checked with the element itself
    if allowed and target not in allowed:
        text = f"a reference to {shown(target)} is not allowed here, only to {' or '.join(sorted(allowed))}"
        yield ValidationIssue(path, "structure", text)
    elif (named := named_type(reference)) is not None and named != target:
        yield ValidationIssue(f"{path}.type", "value", f"the reference leads to {shown(target)}, not to this type")


def _references(value: dict[str, Any], type_: str, path: str) -> Iterator[tuple[str, dict[str, Any], frozenset[str]]]:
    """Yield (path, Reference, types it may point to, empty for any) for every Reference at or below `value`."""
    if type_ == "Resource":
        type_ = str(value.get("resourceType"))
    below = _members(type_)
    for key, child in value.items():
        if (type(child) is not dict and type(child) is not list) or (member := below.get(key)) is None:
            continue
        for index, item in enumerate(child) if type(child) is list else ((None, child),):
            if type(item) is not dict:
                continue
            where = f"{path}{member.step}" if index is None else f"{path}{member.step}[{index}]"
            if member.type == "Reference":
                yield where, item, member.targets
            yield from _references(item, member.type, where)


@cache
def _members(type_: str) -> dict[str, _Member]:
    """Return JSON name -> member, without primitives. The object beside a primitive (`_birthDate`) is an Element."""
    definition = r4.types().get(type_)
    by_key: dict[str, _Member] = {}
    for name, element in definition.elements.items() if definition else ():
        for key, code in members(name, element):
            step = f".{name}.ofType({code})" if element.choice else f".{name}"
            kind = r4.types()[code].kind
            if kind == "primitive":
                by_key["_" + key] = _Member(step, "Element", frozenset())
                continue
            targets = frozenset(element.targets)
            limited = targets if targets <= r4.resource_types() else frozenset[str]()
            by_key[key] = _Member(step, "Resource" if kind == "resource" else code, limited)
    return by_key
