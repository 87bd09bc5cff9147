"""Invariants written in Python: those on every element, and those that need more than the element they stand on.

The others come with the definitions as FHIRPath and are evaluated by `invariants`. https://hl7.org/fhir/R4/element.html
(ele-1), extensibility.html (ext-1), references.html (ref-1), domainresource.html (dom-2 to dom-5), narrative.html.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.fhir.validate import bundles
from gateway.fhir.validate.extensions import known
from gateway.fhir.validate.findings import Finding

KEYS = bundles.KEYS | frozenset({"ele-1", "ext-1", "ref-1", "dom-2", "dom-3", "dom-4", "dom-5", "txt-1", "txt-2"})

_FRAGMENT = "fragment"  # a finding with this code is a question to the resource that holds the contained ones


def _extension(value: dict[str, Any]) -> list[Finding]:
    has_value = any(key.startswith(("value", "_value")) for key in value)
    if has_value != ("extension" in value):
        return known(value)
    return [Finding("", "invariant", "ext-1: an extension must have either extensions or a value, and not both")]


def _reference(value: dict[str, Any]) -> list[Finding]:
    reference = value.get("reference")
    if type(reference) is str and reference.startswith("#") and reference != "#":
        return [Finding("", _FRAGMENT, reference)]
    return []


OF_TYPE: dict[str, Callable[[dict[str, Any]], list[Finding]]] = {
    "Bundle": bundles.bundle,
    "Extension": _extension,
    "Reference": _reference,
}


def settled(resource: dict[str, Any], found: list[Finding]) -> list[Finding]:
    """`found` with the fragments answered from the resources contained in `resource` (ref-1)."""
    ids = {"#" + str(inner.get("id")) for inner in _contained(resource)}
    return [
        Finding(one.path, "invariant", f"ref-1: no contained resource has the id of {one.text[:66]!r}")
        if one.code == _FRAGMENT
        else one
        for one in found
        if one.code != _FRAGMENT or one.text not in ids
    ]


def containing(resource: dict[str, Any]) -> list[Finding]:
    """The rules on contained resources, for a resource that has some."""
    found: list[Finding] = []
    known: set[str] = set()
    mentioned = set(_mentions(resource))
    for index, inner in enumerate(_contained(resource)):
        path = f".contained[{index}]"
        found += _inside(path, inner)
        id_ = inner.get("id")
        if not isinstance(id_, str):
            found.append(Finding(f"{path}.id", "required", "a contained resource must have an id"))
        elif id_ in known:
            found.append(Finding(f"{path}.id", "structure", "two contained resources have this id"))
        elif "#" + id_ not in mentioned and "#" not in set(_mentions(inner)):
            found.append(Finding(path, "invariant", "dom-3: nothing refers to this contained resource"))
        known.add(str(id_))
    return found


def _inside(path: str, inner: dict[str, Any]) -> Iterator[Finding]:
    if "contained" in inner:
        yield Finding(f"{path}.contained", "invariant", "dom-2: a contained resource must not contain others")
    meta = inner.get("meta")
    for rule, key in (("dom-4", "versionId"), ("dom-4", "lastUpdated"), ("dom-5", "security")):
        if isinstance(meta, dict) and key in meta:
            yield Finding(f"{path}.meta.{key}", "invariant", f"{rule}: a contained resource must not have a meta.{key}")


def _contained(resource: dict[str, Any]) -> list[dict[str, Any]]:
    inner = resource.get("contained")
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []


def _mentions(resource: dict[str, Any]) -> Iterator[str]:
    """Every text in `resource` that begins with #: references, canonicals and URIs to contained resources."""
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str) and node.startswith("#"):
            yield node
