"""Check invariants in Python: those of every element, and those that need more than their own element.

The other invariants come with the definitions as FHIRPath and are evaluated by `invariants`.
https://hl7.org/fhir/R4/element.html (ele-1), extensibility.html (ext-1), references.html (ref-1), domainresource.html
(dom-2 to dom-5), narrative.html.
"""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from gateway.fhir.references import target_type
from gateway.fhir.terminology.syntax import is_ucum
from gateway.fhir.validate import bundles
from gateway.fhir.validate.findings import ValidationIssue, shown
from gateway.fhir.validate.targets import FRAGMENT, named_type

KEYS = bundles.KEYS | frozenset({"ele-1", "ext-1", "ref-1", "dom-2", "dom-3", "dom-4", "dom-5", "txt-1", "txt-2"})

_UCUM = "http://unitsofmeasure.org"
_narrative_links = re.compile(r"""\b(?:href|src)\s*=\s*(?:"(#[^"]*)"|'(#[^']*)')""").findall


def _extension(value: dict[str, Any]) -> list[ValidationIssue]:
    has_value = any(key.startswith(("value", "_value")) for key in value)
    if has_value != ("extension" in value):
        return []
    return [
        ValidationIssue("", "invariant", "ext-1: an extension must have either extensions or a value, and not both")
    ]


def _reference(value: dict[str, Any]) -> list[ValidationIssue]:
    reference = value.get("reference")
    if type(reference) is not str:
        return []
    if reference.startswith("#") and reference != "#":
        return [ValidationIssue("", FRAGMENT, reference)]
    if "type" in value and (told := target_type(reference)) is not None and (named := named_type(value)) != told:
        text = f"a reference to {told} cannot be of type {shown(value['type'])}"
        # Other names than those of R4 are allowed there, by an extensible binding.
        return [ValidationIssue(".type", "value", text, "error" if named else "warning")]
    return []


def _quantity(value: dict[str, Any]) -> list[ValidationIssue]:
    """Check a UCUM code. A wrong one is only a warning: real systems send them, and the value may be correct."""
    if value.get("system") != _UCUM or type(code := value.get("code")) is not str or is_ucum(code):
        return []
    return [ValidationIssue(".code", "code-invalid", f"{shown(code)} is no unit of UCUM", "warning")]


OF_TYPE: dict[str, Callable[[dict[str, Any]], list[ValidationIssue]]] = {
    "Bundle": bundles.bundle,
    "Extension": _extension,
    "Reference": _reference,
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), _quantity),
}


def settled(resource: dict[str, Any], found: list[ValidationIssue]) -> list[ValidationIssue]:
    """Return the findings after looking for `#id` in the contained resources of `resource` (ref-1)."""
    types = {"#" + str(inner.get("id")): inner.get("resourceType") for inner in _contained(resource)}
    return [answer for one in found for answer in (_settled(types, one) if one.code == FRAGMENT else [one])]


def _settled(types: dict[str, Any], question: ValidationIssue) -> list[ValidationIssue]:
    fragment, *allowed = question.text.split("\n")
    if fragment not in types:
        text = f"ref-1: no contained resource has the id of {fragment[:66]!r}"
        return [ValidationIssue(question.path, "invariant", text)]
    if allowed and types[fragment] not in allowed:
        text = f"a reference to {shown(types[fragment])} is not allowed here, only to {' or '.join(allowed)}"
        return [ValidationIssue(question.path, "structure", text)]
    return []


def containing(resource: dict[str, Any]) -> list[ValidationIssue]:
    """Check the rules about contained resources, for a resource that has some."""
    found: list[ValidationIssue] = []
    known: set[str] = set()
    mentioned = set(_mentions(resource))
    for index, inner in enumerate(_contained(resource)):
        path = f".contained[{index}]"
        found += _inside(path, inner)
        id_ = inner.get("id")
        if not isinstance(id_, str):
            found.append(ValidationIssue(f"{path}.id", "required", "a contained resource must have an id"))
        elif id_ in known:
            found.append(ValidationIssue(f"{path}.id", "structure", "two contained resources have this id"))
        elif "#" + id_ not in mentioned and "#" not in set(_mentions(inner)):
            found.append(ValidationIssue(path, "invariant", "dom-3: nothing refers to this contained resource"))
        known.add(str(id_))
    return found


def _inside(path: str, inner: dict[str, Any]) -> Iterator[ValidationIssue]:
    if "contained" in inner:
        yield ValidationIssue(f"{path}.contained", "invariant", "dom-2: a contained resource must not contain others")
    meta = inner.get("meta")
    for rule, key in (("dom-4", "versionId"), ("dom-4", "lastUpdated"), ("dom-5", "security")):
        if isinstance(meta, dict) and key in meta:
            yield ValidationIssue(
                f"{path}.meta.{key}", "invariant", f"{rule}: a contained resource must not have a meta.{key}"
            )


def _contained(resource: dict[str, Any]) -> list[dict[str, Any]]:
    inner = resource.get("contained")
    return [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []


def _mentions(resource: dict[str, Any]) -> Iterator[str]:
    """Yield every text in `resource` that begins with #: references, canonicals and URIs to contained resources, and
    the images and links of narratives (https://hl7.org/fhir/R4/narrative.html#images).
    """
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            if isinstance(div := node.get("div"), str):
                waiting += [html.unescape(double or single) for double, single in _narrative_links(div)]
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str) and node.startswith("#"):
            yield node
