"""Fetch the terminology of a request: that of R4, of the packages, and of the stored resources that the request needs.

Resources are found by their addresses, level by level: the value sets that the request names, those that they include,
and so on.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

from gateway import event_loop
from gateway.api.process.deployment import Deployment
from gateway.api.process.terminology_cache import Model
from gateway.api.terms.stored_canonicals import stored_canonicals
from gateway.errors import BadRequest
from gateway.fhir.bundle import is_id
from gateway.fhir.terminology import Terminology, ValueSet, base
from gateway.search.tree.needs import Needs

Kind = Literal["CodeSystem", "ValueSet"]
KINDS: tuple[Kind, ...] = ("CodeSystem", "ValueSet")

_MOST_RESOURCES, _MOST_LEVELS = 2_000, 66
_IMPLICIT = "?fhir_vs"
"""In the address of a value set that a code system implies, such as http://snomed.info/sct?fhir_vs."""


async def terminology_for(
    deployment: Deployment, needs: Iterable[tuple[Kind, str]], given: Iterable[Model] = (), base_url: str = ""
) -> Terminology:
    """Return a terminology that has the resources in `needs`, and everything that these and `given` include, as far as
    it is stored or defined. A resource that is neither is no error here.

    needs: the kind of each resource and its canonical address; of a value set also a reference `ValueSet/id`.
    given: resources of the request itself, which take precedence over stored ones.
    base_url: the address of this server, with which references may begin.

    Raises BadRequest if too many resources, or too many levels of them, are needed.
    """
    defined, own, named = deployment.profiles.terminology if deployment.profiles else base(), list(given), list(needs)
    seen: set[Needs] = set()
    fetched: list[Model] = []
    levels = 0
    waiting = await event_loop.run(partial(_first, named), named)
    waiting |= await event_loop.in_thread(partial(_needs_of, own)) if own else set()
    while waiting := _with_defined(waiting, defined) - seen:
        seen |= waiting
        levels += 1
        if len(seen) > _MOST_RESOURCES or levels > _MOST_LEVELS:
            raise BadRequest(
                f"more than {_MOST_RESOURCES} value sets and code systems are needed, or {_MOST_LEVELS} levels of them"
            )
        both = await asyncio.gather(*(_stored(deployment, kind, waiting, base_url) for kind in KINDS))
        models = [model for models in both for model in models]
        fetched += models
        waiting = _needs_of(models)
    stored = defined.extended(fetched) if fetched else defined
    return stored.extended(own) if own else stored


def _first(needs: Iterable[tuple[Kind, str]]) -> set[Needs]:
    return {plain for kind, url in needs for plain in _without_version(Needs(kind, url))}


def _with_defined(needs: set[Needs], defined: Terminology) -> set[Needs]:
    """Add what is needed by those value sets that are defined without the database, so that one read is for all."""
    complete, new = set(needs), needs
    while new:
        value_sets = (defined.value_set(need.url) for need in new if need.kind == "ValueSet")
        new = _needs_of(value_set for value_set in value_sets if value_set is not None) - complete
        complete |= new
    return complete


def _needs_of(models: Iterable[Model]) -> set[Needs]:
    """Return what the value sets among the models refer to."""
    value_sets = (model for model in models if isinstance(model, ValueSet))
    return {plain for value_set in value_sets for need in _referred(value_set) for plain in _without_version(need)}


def _referred(value_set: ValueSet) -> Iterator[Needs]:
    """Yield what a value set, and those contained in it, refer to outside of it."""
    for resource in value_set.contained:
        if resource.get("resourceType") == "ValueSet":
            yield from _referred(ValueSet.of(resource))
    for include in (*value_set.includes, *value_set.excludes):
        if include.system and not include.system.startswith("#"):
            yield Needs("CodeSystem", include.system)
        yield from (Needs("ValueSet", url) for url in include.value_sets if not url.startswith("#"))


def _without_version(need: Needs) -> Iterator[Needs]:
    """Yield the need for all versions, from which the terminology chooses, and for the code system behind an implicit
    value set."""
    url = need.url.partition("|")[0]
    yield Needs(need.kind, url)
    if need.kind == "ValueSet" and _IMPLICIT in url:
        yield Needs("CodeSystem", url.partition(_IMPLICIT)[0])


async def _stored(deployment: Deployment, kind: Kind, needs: Iterable[Needs], base_url: str) -> list[Model]:
    urls = sorted(need.url for need in needs if need.kind == kind and need.url)
    ids = {url: id_ for url in urls if (id_ := _local_id(url, base_url)) and kind == "ValueSet"}
    models = [
        await deployment.models.of(stored) for stored in await stored_canonicals(deployment, kind, {*urls} - ids.keys())
    ]
    for url, id_ in ids.items():
        stored = await deployment.store.resources.read("ValueSet", id_)
        if stored is not None and not stored.deleted:
            # The search names it by this reference, so it must be found by it.
            models.append(replace(await deployment.models.of(stored), url=url))
    return models


def _local_id(url: str, base_url: str) -> str:
    """Return the id in a reference to a value set on this server, else ""."""
    type_, _, id_ = url.removeprefix(f"{base_url}/" if base_url else "").partition("/")
    return id_ if type_ == "ValueSet" and is_id(id_) else ""
