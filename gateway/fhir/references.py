"""References between resources: find them, rewrite them, take them apart.

https://hl7.org/fhir/R4/references.html and, for what a transaction rewrites, https://hl7.org/fhir/R4/http.html#trules
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from gateway.fhir import r4
from gateway.fhir.json import Resource

_ID = r"[A-Za-z0-9\-.]{1,64}"
_LITERAL = re.compile(rf"(?:(https?://[^\s?#]+)/)?([A-Z][A-Za-z]+)/({_ID})(?:/_history/({_ID}))?")
_LINK = re.compile(r"""(<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')""")

# What a slot holds, when it is not the name of a type to descend into.
_REFERENCE, _URI, _NARRATIVE, _RESOURCE = "=reference", "=uri", "=narrative", "=resource"
_LEAVES = {"uri": _URI, "url": _URI, "oid": _URI, "uuid": _URI, "xhtml": _NARRATIVE}


class Ref(NamedTuple):
    """`base` is the server's address without a slash at the end, None for a relative reference."""

    type: str
    id: str
    version: str | None = None
    base: str | None = None


@lru_cache(maxsize=4096)
def split(reference: str) -> Ref | None:
    """The parts of `Type/id`, absolute or relative, with or without `/_history/version`; None for any other form."""
    found = _LITERAL.fullmatch(reference)
    if found is None or found[2] not in r4.resource_types():
        return None
    return Ref(found[2], found[3], found[4], found[1])


def references(resource: Resource) -> Iterator[tuple[str, str]]:
    """(path, text) of every `Reference.reference`: `("Observation.subject.reference", "Patient/1")`.

    Those in contained resources, extensions and the entries of a Bundle are among them.
    """
    return _found(resource, str(resource.get("resourceType")), _RESOURCE)


def rewrite(resource: Resource, new: Callable[[str], str | None]) -> Resource:
    """A copy in which each link is replaced by what `new(link)` gives; None keeps it. `resource` stays untouched.

    Links are what the transaction rules name: `Reference.reference`, all elements of type uri, url, oid and uuid,
    and href and src in the narrative; never canonicals and never plain strings such as `Identifier.value`. Code
    system addresses are URIs too, so `new` must return None for what it does not know.
    """
    rewritten: Resource = _rewritten(resource, _RESOURCE, new)
    return rewritten


@cache
def _slots(type_: str) -> dict[str, str]:
    """JSON name of each element of a type that may hold links -> a leaf kind, or the type to descend into."""
    slots = {"reference": _REFERENCE} if type_ == "Reference" else {}
    definition = r4.types().get(type_)
    for name, element in definition.elements.items() if definition else ():
        for code in element.types:
            key = name + code[0].upper() + code[1:] if element.choice else name
            _add_slots(slots, key, code)
    return slots


def _add_slots(slots: dict[str, str], key: str, code: str) -> None:
    kind = r4.types()[code].kind if code in r4.types() else "primitive"
    if code in _LEAVES:
        slots[key] = _LEAVES[code]
    elif kind == "resource":
        slots[key] = _RESOURCE
    elif kind != "primitive":
        slots[key] = code
    if kind == "primitive":
        slots["_" + key] = "Element"  # its extensions


def _type_of(value: dict[str, Any], slot: str) -> str:
    return str(value.get("resourceType")) if slot is _RESOURCE else slot


def _found(value: Any, path: str, slot: str) -> Iterator[tuple[str, str]]:
    if slot is _REFERENCE:
        if isinstance(value, str):
            yield path, value
    elif isinstance(value, dict):
        slots = _slots(_type_of(value, slot))
        for key, child in value.items():
            if (below := slots.get(key)) is not None:
                yield from _found(child, f"{path}.{key}", below)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _found(child, f"{path}[{index}]", slot)


def _rewritten(value: Any, slot: str, new: Callable[[str], str | None]) -> Any:
    if isinstance(value, str):
        return _rewritten_text(value, slot, new)
    if isinstance(value, dict):
        slots = _slots(_type_of(value, slot))
        return {k: _rewritten(v, slots[k], new) if k in slots else v for k, v in value.items()}
    if isinstance(value, list):
        return [_rewritten(child, slot, new) for child in value]
    return value


def _rewritten_text(text: str, slot: str, new: Callable[[str], str | None]) -> str:
    if slot is _REFERENCE or slot is _URI:
        replacement = new(text)
        return text if replacement is None else replacement
    if slot is _NARRATIVE:
        return _LINK.sub(lambda link: _rewritten_link(link, new), text)
    return text


def _rewritten_link(link: re.Match[str], new: Callable[[str], str | None]) -> str:
    written = link[2] if link[2] is not None else link[3]
    replacement = new(html.unescape(written))
    return link[0] if replacement is None else f'{link[1]}"{html.escape(replacement)}"'
