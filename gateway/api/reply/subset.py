"""Reduce resources to what `_summary` and `_elements` ask for (https://hl7.org/fhir/R4/search.html#summary).

Only for this are stored bytes parsed on the way out. What is left carries the tag SUBSETTED.
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

Keep = Callable[[str, r4.Element], bool]
"""Tells by its name and definition whether an element stays."""


def subset(body: bytes, summary: str | None, elements: Sequence[str]) -> bytes:
    """Return what `_summary` (true, text, data) and `_elements` leave of a stored `body`."""
    keep = _keep_rule(summary, elements)
    if keep is None or not body:
        return body
    resource = fhir_json.parse(body)
    kept = _kept(resource, str(resource["resourceType"]), keep, nested=summary == "true")
    meta = kept.get("meta") or {}
    return fhir_json.dump({**kept, "meta": {**meta, "tag": [*meta.get("tag", []), _TAG]}})


async def shown(body: bytes, summary: str | None, elements: Sequence[str]) -> bytes:
    """Return what `subset` returns, without holding the event loop."""
    if summary is None and not elements:
        return body
    return await event_loop.run(partial(subset, body, summary, elements), body)


@dataclass(frozen=True, slots=True)
class ResourceView:
    """The part that a client wants to see of each resource.

    summary: true, text or data; None for the whole resource.
    elements: the names of the elements to show; empty for all.
    counts: whether only the number of resources is wanted, and no resource.
    """

    summary: str | None = None
    elements: tuple[str, ...] = ()
    counts: bool = False

    async def of(self, body: bytes) -> bytes:
        """Return what is to be seen of a stored body."""
        return await shown(body, self.summary, self.elements)


def view(parameters: Mapping[str, str]) -> ResourceView:
    """Read `_summary` and `_elements`; ignore other parameters. Raises BadRequest."""
    summary = parameters.get("_summary") or "false"
    if summary not in ("true", "false", "text", "data", "count"):
        raise BadRequest("_summary is one of true, false, text, data, count")
    elements = [name.strip() for name in parameters.get("_elements", "").split(",") if name.strip()]
    return ResourceView(None if summary in ("false", "count") else summary, tuple(elements), summary == "count")


def _keep_rule(summary: str | None, elements: Sequence[str]) -> Keep | None:
    """Return a function that tells whether an element stays; None if all stay.

    "Only elements that are listed are to be returned", and mandatory ones. Modifier elements stay only if they are
    listed; the tag warns clients that something may be missing.
    """
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


def _kept(value: Resource, type_: str, keep: Keep, *, nested: bool) -> Resource:
    keys, always = _keys(type_), _ALWAYS | _extending(type_)
    kept: Resource = {}
    for key, child in value.items():
        name, code, element = keys.get(key.removeprefix("_"), ("", "", None))
        if key in always:
            kept[key] = child
        elif element is not None and keep(name, element):
            left = _below(child, code, keep) if nested else child
            # An element may not be empty: https://hl7.org/fhir/R4/json.html
            if left not in ({}, []) or element.min:
                kept[key] = child if left in ({}, []) else left
    return kept


def _below(child: Any, type_: str, keep: Keep) -> Any:
    """Reduce a backbone element or data type, too: its elements outside the summary are mostly base64."""
    if isinstance(child, list):
        return [left for item in child if (left := _below(item, type_, keep)) != {}]
    if not isinstance(child, dict) or r4.types()[type_].kind not in ("backbone", "complex"):
        return child
    return _kept(child, type_, keep, nested=True)


def _extending(type_: str) -> frozenset[str]:
    """Return the elements of a data type that always stay: an extension may say why there is no value."""
    return frozenset({"extension"} if r4.types()[type_].kind == "complex" else ())


@cache
def _keys(type_: str) -> dict[str, tuple[str, str, r4.Element]]:
    """Return JSON name -> (element name, type, element)."""
    return {
        name + code[0].upper() + code[1:] if element.choice else name: (name, code, element)
        for name, element in r4.types()[type_].elements.items()
        for code in element.types
    }
