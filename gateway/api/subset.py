"""Parts of resources: `_summary` and `_elements` (https://hl7.org/fhir/R4/search.html#summary).

The one case in which stored bytes are opened on the way out; what is left carries the tag SUBSETTED.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.errors import BadRequest
from gateway.fhir import json, r4
from gateway.fhir.json import Resource

_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_ALWAYS = frozenset({"resourceType", "id", "meta"})

Wanted = Callable[[str, r4.Element], bool]


def subset(body: bytes, summary: str | None, elements: Sequence[str]) -> bytes:
    """`body` as stored, or what `_summary` (true, text, data) and `_elements` leave of it."""
    wanted = _wanted(summary, elements)
    if wanted is None or not body:
        return body
    resource = json.parse(body)
    kept = _kept(resource, str(resource["resourceType"]), wanted, nested=summary == "true")
    meta = kept.get("meta") or {}
    return json.dump({**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _TAG]}})


@dataclass(frozen=True, slots=True)
class View:
    """What is to be seen of each resource; `counts`: nothing, only how many there are."""

    summary: str | None = None
    elements: tuple[str, ...] = ()
    counts: bool = False

    def of(self, body: bytes) -> bytes:
        return subset(body, self.summary, self.elements)


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
    keys = _keys(type_)
    kept: Resource = {}
    for key, child in value.items():
        name, element = keys.get(key.removeprefix("_"), ("", None))
        if key in _ALWAYS or (element is not None and wanted(name, element)):
            kept[key] = _below(child, element, wanted) if nested and element is not None else child
    return kept


def _below(child: Any, element: r4.Element, wanted: Wanted) -> Any:
    """Backbones are cut down themselves, data types stay whole."""
    backbone = next((type_ for type_ in element.types if "." in type_), None)
    if backbone is None:
        return child
    if isinstance(child, list):
        return [_below(item, element, wanted) for item in child]
    return _kept(child, backbone, wanted, nested=True) if isinstance(child, dict) else child


@cache
def _keys(type_: str) -> dict[str, tuple[str, r4.Element]]:
    """JSON name -> (element name, element)."""
    definition = r4.types()[type_]
    return {key: (name, element) for name, element in definition.elements.items() for key in _json_names(name, element)}


def _json_names(name: str, element: r4.Element) -> list[str]:
    return [name + code[0].upper() + code[1:] for code in element.types] if element.choice else [name]
