"""References between resources: find them, rewrite them, take them apart.

https://hl7.org/fhir/R4/references.html and, for what a transaction rewrites, https://hl7.org/fhir/R4/http.html#trules
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

_REMEMBERED = 500  # characters: what clients send must not fill the memory

_New: TypeAlias = Callable[[str], str | None]

# JSON name -> where to go below it. The four below lead nowhere and are known by identity.
_Slots: TypeAlias = dict[str, "_Slots"]

# An element that holds a reference, another URI, a narrative, or a resource of any type.
_REFERENCE: _Slots = {}
_URI: _Slots = {}
_NARRATIVE: _Slots = {}
_RESOURCE: _Slots = {}
_LEAVES = {"uri": _URI, "url": _URI, "xhtml": _NARRATIVE}
_ELSEWHERE: _Slots = {}  # of what is no known type

_compiled: dict[str, _Slots] = {}


class Ref(NamedTuple):
    """`base` is the server's address without a slash at the end, None for a relative reference."""

    type: str
    id: str
    version: str | None = None
    base: str | None = None


def split(reference: str) -> Ref | None:
    """The parts of `Type/id`, absolute or relative, with or without `/_history/version`; None for any other form."""
    return _split(reference) if len(reference) <= _REMEMBERED else _split.__wrapped__(reference)


@lru_cache(maxsize=4096)
def _split(reference: str) -> Ref | None:
    found = _LITERAL.fullmatch(reference)
    if found is None or found[2] not in r4.resource_types():
        return None
    return Ref(found[2], found[3], found[4], found[1])


def type_told(reference: str) -> str | None:
    """Return the resource type that a reference names by itself: `Type/id`, or the search `Type?…`; None otherwise."""
    parts = split(reference)
    return parts.type if parts is not None else searched_type(reference)


def searched_type(reference: str) -> str | None:
    """Return the type of a reference by search, `Patient?identifier=…`; None for any other.

    https://hl7.org/fhir/R4/http.html#trules
    """
    type_, _, query = reference.partition("?")
    return type_ if query and type_ in r4.resource_types() else None


def references(resource: Resource) -> Iterator[tuple[str, str]]:
    """(path, text) of every `Reference.reference`: `("Observation.subject.reference", "Patient/1")`.

    Those in contained resources, extensions and the entries of a Bundle are among them.
    """
    return _found(resource, str(resource.get("resourceType")), _RESOURCE)


def rewrite(resource: Resource, new: _New) -> Resource:
    """`resource` with each link replaced by what `new(link)` gives; None keeps it. `resource` stays untouched.

    What holds no replaced link is shared with the result, which is `resource` itself when nothing was replaced.

    Links are what the transaction rules name: `Reference.reference`, all elements of type uri and url, and href and
    src in the narrative; never canonicals and never plain strings such as `Identifier.value`. The rules name oid and
    uuid too, but elements of these types cannot hold `Type/id` and are left alone. Code system addresses are URIs too,
    so `new` must return None for what it does not know.
    """
    return _rewritten(resource, _RESOURCE, new)


def _below(value: dict[str, Any], slots: _Slots) -> _Slots:
    """Where the members of `value`, which stands in a slot of `slots`, lead."""
    return slots if slots is not _RESOURCE else _slots(str(value.get("resourceType")))


def _slots(type_: str) -> _Slots:
    """The members of a type that may hold links, compiled at first use; types contain each other: a graph."""
    known = _compiled.get(type_)
    return known if known is not None else _compile(type_, {})


def _compile(type_: str, fresh: dict[str, _Slots]) -> _Slots:
    """`fresh`: what is not complete yet; it is published when all of it is."""
    definition = r4.types().get(type_)
    if definition is None:
        return _ELSEWHERE
    outermost = not fresh
    slots: _Slots = {}
    fresh[type_] = slots
    if type_ == "Reference":
        slots["reference"] = _REFERENCE
    for name, element in definition.elements.items():
        for code in element.types:
            key = name + code[0].upper() + code[1:] if element.choice else name
            _add_slots(slots, key, code, fresh)
    if outermost:
        _compiled.update(fresh)
    return slots


def _add_slots(slots: _Slots, key: str, code: str, fresh: dict[str, _Slots]) -> None:
    kind = r4.types()[code].kind
    if code in _LEAVES:
        slots[key] = _LEAVES[code]
    elif kind == "resource":
        slots[key] = _RESOURCE
    elif kind != "primitive":
        slots[key] = _of_type(code, fresh)
    if kind == "primitive":
        slots["_" + key] = _of_type("Element", fresh)  # its extensions


def _of_type(code: str, fresh: dict[str, _Slots]) -> _Slots:
    known = _compiled.get(code, fresh.get(code))
    return known if known is not None else _compile(code, fresh)


def _found(value: Any, path: str, slots: _Slots) -> Iterator[tuple[str, str]]:
    if slots is _REFERENCE:
        if isinstance(value, str):
            yield path, value
    elif isinstance(value, dict):
        slots = _below(value, slots)
        for key, child in value.items():
            if (below := slots.get(key)) is not None:
                yield from _found(child, f"{path}.{key}", below)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _found(child, f"{path}[{index}]", slots)


def _rewritten(value: dict[str, Any], slots: _Slots, new: _New) -> dict[str, Any]:
    """One call per object, none per text: every write of a Bundle and from a partner comes through here."""
    changed: dict[str, Any] | None = None
    if slots is _RESOURCE:
        slots = _slots(str(value.get("resourceType")))
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


def _rewritten_items(items: list[Any], slots: _Slots, new: _New) -> list[Any]:
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


def _rewritten_link(link: re.Match[str], new: _New) -> str:
    written = link[2] if link[2] is not None else link[3]
    replacement = new(html.unescape(written))
    return link[0] if replacement is None else f'{link[1]}"{html.escape(replacement)}"'
