"""Try the laws of a mapping on real resources: what `gateway map prove` runs.

    put(get(r), r) = r               byte for byte: a document that is not edited changes nothing
    get(put(d, r)) = d               for every edited document d: what is written is read again
    put(d, r) ~ r outside the edit   no other element of the resource changes
    get(put(d, none)) = d            a document alone makes a resource as valid as the one it came from, unless that
                                     one has only extensions in a required element, which no document carries
    nothing contradicts              after an edit, nothing attached to the old value contradicts the new one: what
                                     described the old value is removed, which the second and the third law allow
    nothing is left over             removing a value leaves no object behind that only described it, and is possible
                                     wherever R4 does not require the value

https://www.cis.upenn.edu/~bcpierce/papers/lenses-toplas-final.pdf calls the first two GetPut and PutGet. An edit that
`put` refuses is counted, but is not a violation: by refusing, it keeps the second and the fifth law.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from gateway.errors import Invalid
from gateway.fhir import fhir_json, path
from gateway.fhir.fhir_json import Resource
from gateway.fhir.path.type_model import fields
from gateway.fhir.validate import validate
from gateway.mapping.attached import EditWarning
from gateway.mapping.mapping import Mapping
from gateway.mapping.proofs.alterations import TOGETHER, Edit, edits
from gateway.mapping.proofs.contradictions import contradictions, husks
from gateway.mapping.reading.field import Field
from gateway.mapping.values.edits import plain, tidied
from gateway.mapping.writing.json_edit import standing

_INDEX = re.compile(r"\[\d+\]")


class Violation(NamedTuple):
    """A broken law.

    resource: the label of the resource.
    element: the field of the document (`names[0].family`) or the element of the resource.
    text: what is wrong, without any values.
    """

    law: str
    resource: str
    element: str
    text: str


@dataclass
class Proof:
    """The trials so far, and what was broken.

    resources: how many resources were read.
    edits: how many edits were written and read again.
    refused: how many edits were refused.
    alone: how many documents were made into new resources.
    """

    resources: int = 0
    edits: int = 0
    refused: int = 0
    alone: int = 0
    violations: list[Violation] = field(default_factory=list)


def prove(mapping: Mapping, resource: Resource, label: str, proof: Proof, *, most: int = 8) -> None:
    """Try the laws on one resource and at most `most` edits of its document; they are the same every time."""
    proof.resources += 1
    document = plain(mapping.get(resource).document)
    before = fhir_json.dump(resource)
    proof.violations += [Violation("put(get(r), r) = r", label, *fault) for fault in _unchanged(mapping, resource)]
    chosen = _chosen(list(edits(mapping, document)), most, seed=before)
    for edit in chosen:
        faults = _edited(mapping, resource, edit, proof)
        proof.violations += [Violation(law, label, element, text) for law, element, text in faults]
    proof.violations += [
        Violation("get(put(d, none)) = d", label, *fault) for fault in _document_alone(mapping, resource, proof)
    ]
    if fhir_json.dump(resource) != before:
        proof.violations.append(Violation("put(d, r) ~ r outside the edit", label, "", "the original was changed"))


def _chosen(all_: list[Edit], most: int, seed: bytes) -> list[Edit]:
    return all_ if len(all_) <= most else Random(seed).sample(all_, most)


def _unchanged(mapping: Mapping, resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield what is wrong if a client reads the document as JSON and sends it back unchanged."""
    sent = fhir_json.parse(fhir_json.dump(plain(mapping.get(resource).document)))
    try:
        if fhir_json.dump(mapping.put(sent, resource)) != fhir_json.dump(resource):
            yield "", "the resource comes back changed"
    except Invalid as error:
        yield error.issues[0].expression, f"is refused though nothing was edited: {error.text}"
    except Exception as error:
        yield "", f"fails ({type(error).__name__})"


def _edited(mapping: Mapping, resource: Resource, edit: Edit, proof: Proof) -> Iterator[tuple[str, str, str]]:
    try:
        written, warnings = mapping.edit(edit.document, resource)
    except Invalid:
        proof.refused += 1
        return
    except Exception as error:
        yield "get(put(d, r)) = d", edit.path, f"{edit.what}: fails ({type(error).__name__})"
        return
    proof.edits += 1
    allowed = plain(mapping.get(resource).document) if warnings else None
    for name in different(mapping, edit.document, mapping.get(written).document, allowed):
        yield "get(put(d, r)) = d", edit.path, f"{edit.what}: {name} is not read as it was written"
    for key in sorted(_changed_keys(resource, written) - _written_keys(edit.fields) - _warned_keys(resource, warnings)):
        yield "put(d, r) ~ r outside the edit", edit.path, f"{edit.what}: {key} is changed too"
    for element, text in contradictions(resource, written):
        yield "nothing contradicts", edit.path, f"{edit.what}: {element} {text}"
    for element, text in [*husks(resource, written), *_left_over(edit, resource, written)]:
        yield "nothing is left over", edit.path, f"{edit.what}: {element} {text}"


def different(
    mapping: Mapping, wanted: dict[str, Any], found: dict[str, Any], before: dict[str, Any] | None = None
) -> list[str]:
    """Return the writable fields in which two documents differ, apart from parts that follow from others.

    `before`: the document before the edit; if it is given, parts that it has may be missing in `found`.
    """
    wanted, found = tidied(plain(wanted)) or {}, plain(found)
    unlike: list[str] = []
    for field_ in mapping.record.fields:
        name = field_.name
        asked, read = _without_derived(field_, wanted.get(name)), _without_derived(field_, found.get(name))
        if field_.read_only or asked == read:
            continue
        if before is None or not _lessened(asked, read, before.get(name)):
            unlike.append(name)
    return unlike


def _lessened(asked: Any, found: Any, before: Any) -> bool:
    """Return whether `found` is `asked` without some single values that were there before the edit."""
    wanted, read = Counter(_leaves(asked)), Counter(_leaves(found))
    return not read - wanted and not (wanted - read).keys() - Counter(_leaves(before)).keys()


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield each single value with its name; positions in lists do not count."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{at}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, at)
    elif value is not None:
        yield at, str(value)


def _warned_keys(resource: Resource, warnings: Sequence[EditWarning]) -> set[str]:
    """Return the JSON keys at the top of the resource that the warnings name."""
    type_ = str(resource["resourceType"])
    names = {_INDEX.sub("", warning.path).split(".")[1] for warning in warnings if "." in warning.path}
    keys = {key.key for name in names for key in fields(type_, name)} | names
    return keys | {"_" + key for key in keys} | ({"extension"} if any("(" in name for name in names) else set())


def _left_over(edit: Edit, before: Resource, after: Resource) -> Iterator[tuple[str, str]]:
    """Yield the items behind `where(…)` that are still there after all their values were taken out together."""
    if edit.what != TOGETHER:
        return
    place = edit.fields[0].place
    assert place is not None
    steps = place.steps[: next(n for n, step in enumerate(place.steps) if step.criteria.skeleton) + 1]
    old = [item.raw for item in standing(before, steps)]
    for item in standing(after, steps):
        if item.raw not in old and item.raw.keys() <= {*dict(steps[-1].criteria.skeleton), "id"}:
            yield steps[-1].name, "is left without its values"


def _without_derived(field_: Field, value: Any) -> Any:
    value = (
        [field_.lens.without_derived(item) for item in value]
        if isinstance(value, list)
        else field_.lens.without_derived(value)
    )
    return tidied(value)


def _changed_keys(before: Resource, after: Resource) -> set[str]:
    keys = before.keys() | after.keys()
    return {key for key in keys if fhir_json.dump(before.get(key)) != fhir_json.dump(after.get(key))}


def _written_keys(edited: Sequence[Field]) -> set[str]:
    """Return the JSON keys at the top of the resource that writing the fields may change: their first elements."""
    fields_ = [inner for field_ in edited for inner in (field_.fields if field_.expression is None else (field_,))]
    steps = [field_.place.steps[0] for field_ in fields_ if field_.place is not None]
    keys = {key for step in steps for key in step.all_keys}
    return keys | {"_" + key for key in keys}


def _document_alone(mapping: Mapping, resource: Resource, proof: Proof) -> Iterator[tuple[str, str]]:
    document = plain(mapping.get(resource).document)
    kept = {"_id": document.get("_id")} | writable(mapping.record.fields, document)
    try:
        made = mapping.put(kept, None)
    except Invalid as error:
        yield error.issues[0].expression, f"is refused: {error.text}"
        return
    except Exception as error:
        yield "", f"fails ({type(error).__name__})"
        return
    proof.alone += 1
    for name in different(mapping, kept, mapping.get(made).document):
        yield name, "is not read as it was written"
    if "contained" in resource or _errors(resource):
        return  # a reference into the resource leads nowhere without it; what was not valid as sent is not alone either
    writable_keys = {
        key for field_ in mapping.record.fields if not field_.read_only for key in _written_keys((field_,))
    }
    for element in sorted(_errors(made)):
        if not _has_only_extensions(resource, element):
            why = "" if _starts_from(element, writable_keys) else ": no field that can be written carries it"
            yield element, f"is not valid R4{why}"


def _starts_from(element: str, keys: set[str]) -> bool:
    """Return whether the first step of an element such as `Claim.item[0].net` is one of the JSON keys or a choice."""
    head = element.split(".")[1].partition("[")[0] if "." in element else element
    return any(key.startswith(head) for key in keys)


def _has_only_extensions(resource: Resource, element: str) -> bool:
    """Return whether the resource has only extensions in place of the value of an element, such as why it is absent
    (https://hl7.org/fhir/R4/extension-data-absent-reason.html)."""
    name = _INDEX.sub("", element)
    try:
        values = path.compile(name, resource["resourceType"]).typed(resource)
        beside = path.compile(f"{name}.extension", resource["resourceType"]).typed(resource)
    except path.PathError:
        return False
    without = any(isinstance(raw, dict) and raw.keys() <= {"id", "extension"} for _, raw in values)
    return without or (not values and bool(beside))  # a primitive without a value is not found, but its extensions are


def writable(fields: Iterable[Field], document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a document that can be written to a new resource."""
    kept: dict[str, Any] = {}
    for field_ in fields:
        value = _without_fixed_code(field_, document.get(field_.name))
        if field_.read_only or value is None:
            continue
        if field_.fields and isinstance(value, list):
            kept[field_.name] = [writable(field_.fields, item) for item in value]
        else:
            kept[field_.name] = writable(field_.fields, value) if field_.fields else value
    return kept


def _without_fixed_code(field_: Field, value: Any) -> Any:
    """Return `value` without the code that a ConceptMap gives to all codes that it does not list.

    It stands for no single FHIR code, so it cannot be written.
    """
    fixed = field_.codes.fixed if field_.codes else None
    if field_.codes is None or fixed is None or field_.codes.reverse(fixed) is not None:
        return value
    if isinstance(value, list):
        return [item for item in value if item != fixed] or None
    return None if value == fixed else value


def _errors(resource: Resource) -> set[str]:
    return {issue.expression for issue in validate(resource) if issue.severity in ("fatal", "error")}
