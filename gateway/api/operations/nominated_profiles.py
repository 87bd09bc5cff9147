"""Find the profiles that `$validate` is asked to use: loaded ones, and stored StructureDefinitions.

"If a profile is nominated, and the server cannot validate against the nominated profile, it SHALL return an error":
https://hl7.org/fhir/R4/resource-operation-validate.html. Writes must meet loaded profiles only.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from gateway import event_loop
from gateway.api.process.deployment import Deployment
from gateway.api.terms.stored_canonicals import stored_canonicals
from gateway.errors import BadRequest
from gateway.fhir import fhir_json
from gateway.fhir.fhir_json import Resource
from gateway.fhir.validate import Profiles
from gateway.fhir.validate.profiles.registry import core_type

Need = tuple[str, str]
"""Resource type (or _TARGET) and canonical address without version."""

_TARGET = "target"
"""A profile of referenced resources. Only its type is read, so that nothing it needs is fetched."""
_MOST = 1_000


async def profiles_for(deployment: Deployment, urls: Iterable[str]) -> Profiles:
    """Return the loaded profiles, and all stored versions of the profiles in `urls` and of what they need.

    Raises BadRequest if too many are needed.
    """
    loaded = deployment.profiles or Profiles()
    fetched: list[Resource] = []
    seen: set[Need] = set()
    waiting = {("StructureDefinition", url.partition("|")[0]) for url in urls}
    while waiting := {need for need in waiting - seen if core_type(need[1]) is None}:
        seen |= waiting
        if len(seen) > _MOST:
            raise BadRequest(f"the profiles need more than {_MOST} definitions")
        new = list[Resource]()
        for kind in sorted({kind for kind, _ in waiting}):
            type_ = "StructureDefinition" if kind == _TARGET else kind
            addresses = {url for other, url in waiting if other == kind and url}
            read = [
                await event_loop.run(partial(fhir_json.parse, version.body), version.body)
                for version in await stored_canonicals(deployment, type_, addresses)
            ]
            fetched += read
            new += read if kind != _TARGET else ()
        profiles = [url for kind, url in waiting if kind == "StructureDefinition"]
        already = [definition for url in profiles if (definition := loaded.definition(url)) is not None]
        waiting = {need for definition in (*new, *already) for need in _needs(definition)}
    return await event_loop.in_thread(partial(loaded.extended, fetched)) if fetched else loaded


def _needs(definition: Resource) -> Iterator[Need]:
    """Return what a definition refers to: its base, the profiles of its elements, bound value sets, code systems."""
    for address in _referred(definition):
        yield address[0], address[1].partition("|")[0]


def _referred(definition: Resource) -> Iterator[Need]:
    if definition["resourceType"] == "StructureDefinition":
        yield from (("StructureDefinition", url) for url in _texts(definition.get("baseDefinition")))
        for element in [*_list(definition, "differential", "element"), *_list(definition, "snapshot", "element")]:
            yield from _referred_in(element)
    for include in [*_list(definition, "compose", "include"), *_list(definition, "compose", "exclude")]:
        yield from (("CodeSystem", url) for url in _texts(include.get("system")))
        yield from (("ValueSet", url) for url in _texts(include.get("valueSet")))


def _referred_in(element: Resource) -> Iterator[Need]:
    for type_ in _list(element, "type"):
        yield from (("StructureDefinition", url) for url in _texts(type_.get("profile")))
        yield from ((_TARGET, url) for url in _texts(type_.get("targetProfile")))
    for binding in _list(element, "binding"):
        yield from (("ValueSet", url) for url in _texts(binding.get("valueSet")))
        for extension in _list(binding, "extension"):  # the largest value set that an extensible binding allows
            yield from (("ValueSet", url) for url in _texts(extension.get("valueCanonical")))


def _list(value: Any, *names: str) -> Sequence[Resource]:
    """Return the objects in these elements. Resources are stored unvalidated, so that anything may be there."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _texts(value: Any) -> Sequence[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
