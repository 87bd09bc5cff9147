"""Find, rewrite and parse the references of a resource (https://hl7.org/fhir/R4/references.html).

The elements that can hold a link are found by the definitions of R4. For each type they are compiled once into a table
of "slots": the JSON names below which a link may stand. All other JSON is never looked at.
What a transaction rewrites: https://hl7.org/fhir/R4/http.html#trules
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from gateway.fhir import r4
from gateway.fhir.fhir_json import Resource

_ID = r"[A-Za-z0-9\-.]{1,64}"
_LITERAL = re.compile(rf"(?:(https?://[^\s?#]+)/)?([A-Z][A-Za-z]+)/({_ID})(?:/_history/({_ID}))?")
_LINK = re.compile(r"""(<(?:a|img)\b[^<>]*?\b(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')""")

_MAX_CACHED_LENGTH = 500  # characters of one reference: clients must not be able to fill the memory

Replace: TypeAlias = Callable[[str], str | None]
"""Returns the new text of a link, or None to keep it. `rewrite` calls it once for each link."""

# JSON name -> the slots below it. The five empty tables below are markers, compared by identity.
_Slots: TypeAlias = dict[str, "_Slots"]

_REFERENCE: _Slots = {}
_URI: _Slots = {}
_NARRATIVE: _Slots = {}
_RESOURCE: _Slots = {}  # a resource of any type: its slots follow from its resourceType
_UNKNOWN: _Slots = {}  # an unknown type
_LEAVES = {"uri": _URI, "url": _URI, "xhtml": _NARRATIVE}

_compiled: dict[str, _Slots] = {}


class Ref(NamedTuple):
    """A literal reference, taken apart.

    base: the server's address without a slash at its end, None for a relative reference.
    """

    type: str
    id: str
    version: str | None = None
    base: str | None = None


def parse_reference(reference: str) -> Ref | None:
    """Parse `Type/id`, absolute or relative, with or without `/_history/version`. Return None for any other form."""
    return _parse(reference) if len(reference) <= _MAX_CACHED_LENGTH else _parse.__wrapped__(reference)


@lru_cache(maxsize=4096)
def _parse(reference: str) -> Ref | None:
    literal = _LITERAL.fullmatch(reference)
    if literal is None or literal[2] not in r4.resource_types():
        return None
    return Ref(literal[2], literal[3], literal[4], literal[1])


def target_type(reference: str) -> str | None:
    """Return the resource type that `Type/id` or the search `Type?…` names. Return None for any other form."""
    parts = parse_reference(reference)
    return parts.type if parts is not None else searched_type(reference)


def searched_type(reference: str) -> str | None:
    """Return the type of a reference by search, `Patient?identifier=…`. Return None for any other form.

    https://hl7.org/fhir/R4/http.html#trules
    """
    type_, _, query = reference.partition("?")
    return type_ if query and type_ in r4.resource_types() else None


def references(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every `Reference.reference`: `("Observation.subject.reference", "Patient/1")`.

    References in contained resources, extensions and the entries of a Bundle are included.
    """
    return _find(resource, str(resource.get("resourceType")), _RESOURCE)


def rewrite(resource: Resource, new: Replace) -> Resource:
    """Return a copy of `resource` in which each link is replaced by `new(link)`; a link stays if that is None.

    The copy shares all objects without a replaced link with `resource`. If no link was replaced, it is `resource`.

    Links are those of the transaction rules: `Reference.reference`, all elements of type uri and url, and href and src
    in the narrative; never canonicals and never plain strings such as `Identifier.value`. The rules name oid and uuid
    too, but elements of these types cannot hold `Type/id` and are left alone. The addresses of code systems are URIs
    too, so `new` must return None for a text it does not know.
    """
    return _rewritten(resource, _RESOURCE, new)


def _slots_of(value: dict[str, Any], slots: _Slots) -> _Slots:
    return slots if slots is not _RESOURCE else _type_slots(str(value.get("resourceType")))


def _type_slots(type_: str) -> _Slots:
    """Return the slots of a type, compiled at first use."""
    slots = _compiled.get(type_)
    return slots if slots is not None else _compile(type_, {})


def _compile(type_: str, pending: dict[str, _Slots]) -> _Slots:
    """Compile the slots of a type and of all types below it.

    Types contain each other (Extension has a Reference, which has extensions), so the tables form a graph with circles.
    `pending` holds the tables that are not complete yet. They become visible to other threads when all are complete.
    """
    definition = r4.types().get(type_)
    if definition is None:
        return _UNKNOWN
    outermost = not pending
    slots: _Slots = {}
    pending[type_] = slots
    if type_ == "Reference":
        slots["reference"] = _REFERENCE
    for name, element in definition.elements.items():
        for code in element.types:
            key = name + code[0].upper() + code[1:] if element.choice else name
            _add_slots(slots, key, code, pending)
    if outermost:
        _compiled.update(pending)
    return slots


def _add_slots(slots: _Slots, key: str, code: str, pending: dict[str, _Slots]) -> None:
    kind = r4.types()[code].kind
    if code in _LEAVES:
        slots[key] = _LEAVES[code]
    elif kind == "resource":
        slots[key] = _RESOURCE
    elif kind != "primitive":
        slots[key] = _compiled_or_pending(code, pending)
    if kind == "primitive":
        slots["_" + key] = _compiled_or_pending("Element", pending)  # its extensions


def _compiled_or_pending(code: str, pending: dict[str, _Slots]) -> _Slots:
    slots = _compiled.get(code, pending.get(code))
    return slots if slots is not None else _compile(code, pending)


def _find(value: Any, path: str, slots: _Slots) -> Iterator[tuple[str, str]]:
    if slots is _REFERENCE:
        if isinstance(value, str):
            yield path, value
    elif isinstance(value, dict):
        slots = _slots_of(value, slots)
        for key, child in value.items():
            if (below := slots.get(key)) is not None:
                yield from _find(child, f"{path}.{key}", below)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _find(child, f"{path}[{index}]", slots)


def _rewritten(value: dict[str, Any], slots: _Slots, new: Replace) -> dict[str, Any]:
    """Rewrite one object. Its texts are handled without a call for each: this runs for every write of a Bundle."""
    changed: dict[str, Any] | None = None
    if slots is _RESOURCE:
        slots = _type_slots(str(value.get("resourceType")))
    for key, child in value.items():
        if key not in slots:
            continue
        below, kind, after = slots[key], child.__class__, child
        if kind is dict:
            after = _rewritten(child, below, new)
        elif kind is list:
            after = _rewritten_items(child, below, new)
        elif kind is str:
            if below is _URI or below is _REFERENCE:
                replacement = new(child)
                after = child if replacement is None else replacement
            elif below is _NARRATIVE and ("href" in child or "src" in child):
                after = _LINK.sub(lambda link: _rewritten_link(link, new), child)
        if after is not child:
            changed = dict(value) if changed is None else changed
            changed[key] = after
    return value if changed is None else changed


def _rewritten_items(items: list[Any], slots: _Slots, new: Replace) -> list[Any]:
    changed: list[Any] | None = None
    for index, item in enumerate(items):
        kind, after = item.__class__, item
        if kind is dict:
            after = _rewritten(item, slots, new)
        elif kind is str and slots is _URI:
            replacement = new(item)
            after = item if replacement is None else replacement
        if after is not item:
            changed = list(items) if changed is None else changed
            changed[index] = after
    return items if changed is None else changed


def _rewritten_link(link: re.Match[str], new: Replace) -> str:
    written = link[2] if link[2] is not None else link[3]
    replacement = new(html.unescape(written))
    return link[0] if replacement is None else f'{link[1]}"{html.escape(replacement)}"'
