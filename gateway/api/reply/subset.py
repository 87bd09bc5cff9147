"""Parts of resources: `_summary` and `_elements` (https://hl7.org/fhir/R4/search.html#summary).

The one case in which stored bytes are opened on the way out; what is left carries the tag SUBSETTED.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from gateway import event_loop
from gateway.errors import BadRequest
from gateway.fhir import fhir_json, r4
from gateway.fhir.fhir_json import Resource

_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_ALWAYS = frozenset({"resourceType", "id", "meta"})

Wanted = Callable[[str, r4.Element], bool]


def subset(body: bytes, summary: str | None, elements: Sequence[str]) -> bytes:
    """`body` as stored, or what `_summary` (true, text, data) and `_elements` leave of it."""
    wanted = _wanted(summary, elements)
    if wanted is None or not body:
        return body
    resource = fhir_json.parse(body)
    kept = _kept(resource, str(resource["resourceType"]), wanted, nested=summary == "true")
    meta = kept.get("meta") or {}
    return fhir_json.dump({**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _TAG]}})


async def shown(body: bytes, summary: str | None, elements: Sequence[str]) -> bytes:
    """Return the same as `subset`, without holding the event loop."""
    if summary is None and not elements:
        return body
    return await event_loop.run(partial(subset, body, summary, elements), body)


@dataclass(frozen=True, slots=True)
class View:
    """What is to be seen of each resource; `counts`: nothing, only how many there are."""

    summary: str | None = None
    elements: tuple[str, ...] = ()
    counts: bool = False

    async def of(self, body: bytes) -> bytes:
        return await shown(body, self.summary, self.elements)


def view(given: Mapping[str, str]) -> View:
    """As `_summary` and `_elements` say; other parameters are none of its business. Raises BadRequest."""
    summary = given.get("_summary") or "false"
    if summary not in ("true", "false", "text", "data", "count"):
        raise BadRequest("_summary is one of true, false, text, data, count")
    elements = [name.strip() for name in given.get("_elements", "").split(",") if name.strip()]
    return View(None if summary in ("false", "count") else summary, tuple(elements), summary == "count")


def _wanted(summary: str | None, elements: Sequence[str]) -> Wanted | None:
    """Which elements stay. "Only elements that are listed are to be returned", and mandatory ones; clients list those
    that modify the meaning of others, and the tag warns them."""
    if elements:
        names = {name.rpartition(".")[2] for name in elements}
        return lambda name, element: name in names or element.min > 0
    match summary:
        case "true":
            return lambda name, element: element.summary or element.min > 0 or element.modifier
        case "text":
            return lambda name, element: name == "text" or element.min > 0
        case "data":
            return lambda name, element: name != "text"
    return None


def _kept(value: Resource, type_: str, wanted: Wanted, *, nested: bool) -> Resource:
    keys, always = _keys(type_), _ALWAYS | _extending(type_)
    kept: Resource = {}
    for key, child in value.items():
        name, code, element = keys.get(key.removeprefix("_"), ("", "", None))
        if key in always:
            kept[key] = child
        elif element is not None and wanted(name, element):
            left = _below(child, code, wanted) if nested else child
            # An element may not be empty: https://hl7.org/fhir/R4/json.html
            if left not in ({}, []) or element.min:
                kept[key] = child if left in ({}, []) else left
    return kept


def _below(child: Any, type_: str, wanted: Wanted) -> Any:
    """Backbones and data types are cut down themselves: what is no part of a summary is mostly base64."""
    if isinstance(child, list):
        return [left for item in child if (left := _below(item, type_, wanted)) != {}]
    if not isinstance(child, dict) or r4.types()[type_].kind not in ("backbone", "complex"):
        return child
    return _kept(child, type_, wanted, nested=True)


def _extending(type_: str) -> frozenset[str]:
    """Extensions of a value in a data type belong to it: they may say why there is none."""
    return frozenset({"extension"} if r4.types()[type_].kind == "complex" else ())


@cache
def _keys(type_: str) -> dict[str, tuple[str, str, r4.Element]]:
    """JSON name -> (element name, type, element)."""
    return {
        name + code[0].upper() + code[1:] if element.choice else name: (name, code, element)
        for name, element in r4.types()[type_].elements.items()
        for code in element.types
    }
