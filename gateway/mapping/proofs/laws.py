"""The laws of a mapping, tried on real resources: what `gateway map prove` runs.

    put(get(r), r) = r               byte for byte: whoever changes nothing changes nothing
    get(put(d, r)) = d               for every edited document d: whatever is written is read again
    put(d, r) ~ r outside the edit   no other element of the resource is touched
    get(put(d, none)) = d            a document alone makes a resource, as valid as the one it came from, unless that
                                     has nothing but extensions in a required element: no document carries these
    nothing contradicts              after an edit nothing attached to the old value contradicts the new one: what
                                     describes a value goes with it, which the second and third law allow
    nothing is left over             a value that is taken out leaves no object behind that only described it, and can
                                     be taken out wherever R4 does not require it

https://www.cis.upenn.edu/~bcpierce/papers/lenses-toplas-final.pdf calls the first two GetPut and PutGet. An edit that
`put` refuses is no violation, and is counted: refusing is how it keeps the second law and the fifth.
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
from gateway.mapping.attached.law import contradictions, husks
from gateway.mapping.mapping import Mapping
from gateway.mapping.proofs.alterations import TOGETHER, Edit, edits
from gateway.mapping.reading.field import Field
from gateway.mapping.values.edits import plain, tidied
from gateway.mapping.writing.json_edit import standing

_INDEX = re.compile(r"\[\d+\]")


class Violation(NamedTuple):
    """`resource` is the label it was given, `element` the document's field (`names[0].family`); no values."""

    law: str
    resource: str
    element: str
    text: str


@dataclass
class Proof:
    """`resources` looked at, `edits` written and read again, `refused` ones, `alone`: documents made resources."""

    resources: int = 0
    edits: int = 0
    refused: int = 0
    alone: int = 0
    violations: list[Violation] = field(default_factory=list)


def prove(mapping: Mapping, resource: Resource, label: str, proof: Proof, *, most: int = 8) -> None:
    """Try the laws on one resource and at most `most` edits of its document; the same ones every time."""
    proof.resources += 1
    document = plain(mapping.get(resource).document)
    before = fhir_json.dump(resource)
    proof.violations += [Violation("put(get(r), r) = r", label, *fault) for fault in _unchanged(mapping, resource)]
    chosen = _chosen(list(edits(mapping, document)), most, seed=before)
    for edit in chosen:
        faults = _edited(mapping, resource, edit, proof)
        proof.violations += [Violation(law, label, element, text) for law, element, text in faults]
    proof.violations += [
        Violation("get(put(d, none)) = d", label, *fault) for fault in _alone(mapping, resource, proof)
    ]
    if fhir_json.dump(resource) != before:
        proof.violations.append(Violation("put(d, r) ~ r outside the edit", label, "", "the original was changed"))


def _chosen(all_: list[Edit], most: int, seed: bytes) -> list[Edit]:
    return all_ if len(all_) <= most else Random(seed).sample(all_, most)


def _unchanged(mapping: Mapping, resource: Resource) -> Iterator[tuple[str, str]]:
    """Through JSON, as a client would: read it, and write what was read."""
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
    for key in sorted(_touched(resource, written) - _reach(edit.fields) - _named(resource, warnings)):
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
        asked, read = _told(field_, wanted.get(name)), _told(field_, found.get(name))
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


def _named(resource: Resource, warnings: Sequence[EditWarning]) -> set[str]:
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


def _told(field_: Field, value: Any) -> Any:
    value = [field_.lens.told(item) for item in value] if isinstance(value, list) else field_.lens.told(value)
    return tidied(value)


def _touched(before: Resource, after: Resource) -> set[str]:
    keys = before.keys() | after.keys()
    return {key for key in keys if fhir_json.dump(before.get(key)) != fhir_json.dump(after.get(key))}


def _reach(edited: Sequence[Field]) -> set[str]:
    """Return the JSON keys at the top of the resource that writing the fields may change: their first elements."""
    inner = [one for field_ in edited for one in (field_.fields if field_.expression is None else (field_,))]
    steps = [one.place.steps[0] for one in inner if one.place is not None]
    keys = {key for step in steps for key in step.all_keys}
    return keys | {"_" + key for key in keys}


def _alone(mapping: Mapping, resource: Resource, proof: Proof) -> Iterator[tuple[str, str]]:
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
    carried = {key for one in mapping.record.fields if not one.read_only for key in _reach((one,))}
    for element in sorted(_errors(made)):
        if not _bare(resource, element):
            why = "" if _carried(element, carried) else ": no field that can be written carries it"
            yield element, f"is not valid R4{why}"


def _carried(element: str, keys: set[str]) -> bool:
    """Whether the first step of an element such as `Claim.item[0].net` is one of the JSON keys, or a choice of them."""
    head = element.split(".")[1].partition("[")[0] if "." in element else element
    return any(key.startswith(head) for key in keys)


def _bare(resource: Resource, element: str) -> bool:
    """Whether the resource has the element, but in place of its value only extensions, such as why there is none
    (https://hl7.org/fhir/R4/extension-data-absent-reason.html)."""
    name = _INDEX.sub("", element)
    try:
        found = path.compile(name, resource["resourceType"]).typed(resource)
        beside = path.compile(f"{name}.extension", resource["resourceType"]).typed(resource)
    except path.PathError:
        return False
    without = any(isinstance(raw, dict) and raw.keys() <= {"id", "extension"} for _, raw in found)
    return without or (not found and bool(beside))  # a primitive without a value is not found, but what is beside it


def writable(fields: Iterable[Field], document: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for one in fields:
        value = _known(one, document.get(one.name))
        if one.read_only or value is None:
            continue
        if one.fields and isinstance(value, list):
            kept[one.name] = [writable(one.fields, item) for item in value]
        else:
            kept[one.name] = writable(one.fields, value) if one.fields else value
    return kept


def _known(field_: Field, value: Any) -> Any:
    """`value` without the code that a ConceptMap gives for all it does not cover: no code of FHIR is behind it."""
    fixed = field_.codes.fixed if field_.codes else None
    if field_.codes is None or fixed is None or field_.codes.back(fixed) is not None:
        return value
    return (
        [item for item in value if item != fixed] or None
        if isinstance(value, list)
        else None
        if value == fixed
        else value
    )


def _errors(resource: Resource) -> set[str]:
    return {issue.expression for issue in validate(resource) if issue.severity in ("fatal", "error")}
