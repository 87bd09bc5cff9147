"""The profiles that `$validate` is asked about: those that are loaded, and StructureDefinitions stored through the API.

"If a profile is nominated, and the server cannot validate against the nominated profile, it SHALL return an error":
https://hl7.org/fhir/R4/resource-operation-validate.html. Writes are held to loaded profiles only.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from gateway import event_loop
from gateway.api.api import Api
from gateway.api.canonicals import stored
from gateway.errors import BadRequest, Issue
from gateway.fhir import json
from gateway.fhir.json import Resource
from gateway.fhir.validate import Profiles

Need = tuple[str, str]
"""Resource type and canonical address, without version."""

_MOST = 300


async def profiles_for(api: Api, urls: Iterable[str]) -> Profiles:
    """What is loaded, with the stored profiles among `urls` and what these need, as far as it is here. Raises Invalid
    for a stored profile that cannot be read, BadRequest where too many are needed."""
    loaded = api.profiles or Profiles()
    found: dict[Need, Resource] = {}
    seen: set[Need] = set()
    waiting = {("StructureDefinition", url.partition("|")[0]) for url in urls if not loaded.holds(url)}
    while waiting := waiting - seen:
        seen |= waiting
        if len(seen) > _MOST:
            raise BadRequest(f"the profiles need more than {_MOST} definitions")
        new = []
        for type_ in sorted({type_ for type_, _ in waiting}):
            urls = {url for kind, url in waiting if kind == type_ and url}
            for one in await stored(api, type_, urls):
                new.append(await event_loop.run(partial(json.parse, one.body), one.body))
        found |= {(one["resourceType"], one["url"]): one for one in new}
        waiting = {need for one in new for need in _needs(one) if not loaded.holds(need[1])}
    return await event_loop.in_thread(partial(loaded.extended, found.values())) if found else loaded


def unknown(profiles: Profiles, urls: Iterable[str]) -> Iterator[Issue]:
    for url in urls:
        if not profiles.holds(url):
            text = f"the profile {url} is not known here: the resource cannot be validated against it"
            yield Issue("error", "not-found", text)


def _needs(definition: Resource) -> Iterator[Need]:
    """What a definition refers to: its base, profiles of its elements, value sets bound, code systems."""
    for address in _referred(definition):
        yield address[0], address[1].partition("|")[0]


def _referred(definition: Resource) -> Iterator[Need]:
    if definition["resourceType"] == "StructureDefinition":
        yield from (("StructureDefinition", url) for url in _texts(definition.get("baseDefinition")))
        for element in [*_list(definition, "differential", "element"), *_list(definition, "snapshot", "element")]:
            for type_ in _list(element, "type"):
                yield from (("StructureDefinition", url) for url in _texts(type_.get("profile")))
            yield from (("ValueSet", url) for one in _list(element, "binding") for url in _texts(one.get("valueSet")))
    for include in _list(definition, "compose", "include"):
        yield from (("CodeSystem", url) for url in _texts(include.get("system")))
        yield from (("ValueSet", url) for url in _texts(include.get("valueSet")))


def _list(value: Any, *names: str) -> Sequence[Resource]:
    """The objects there: of a lenient gateway anything may stand in their place."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _texts(value: Any) -> Sequence[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
