"""The terminology of a request: that of R4, of the packages, and of the stored resources that the request needs.

What is needed is found by its address, level by level: the value sets that are asked for, what they include, and so on.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

from gateway import event_loop
from gateway.api.process.deployment import Deployment
from gateway.api.process.terminology_cache import Model
from gateway.api.terms.stored_canonicals import stored
from gateway.errors import BadRequest
from gateway.fhir.bundle import is_id
from gateway.fhir.terminology import Terminology, ValueSet, base

Kind = Literal["CodeSystem", "ValueSet"]
KINDS: tuple[Kind, ...] = ("CodeSystem", "ValueSet")

_MOST = 2_000
_DEEPEST = 66
_IMPLICIT = "?fhir_vs"


class Wanted(NamedTuple):
    """What is needed: a canonical address, of a value set also the reference `ValueSet/id` to one that is stored."""

    kind: Kind
    canonical: str


async def terminology_for(
    deployment: Deployment, wanted: Iterable[tuple[Kind, str]], given: Iterable[Model] = (), base_url: str = ""
) -> Terminology:
    """One that knows of `wanted`, and of all that these and `given` include, what is known at all.

    `given` are resources of the request itself; they go before stored ones. `base_url` is the address of this server,
    so that references with it are understood. What is not known is no error here.
    """
    under, own, named = deployment.profiles.terminology if deployment.profiles else base(), list(given), list(wanted)
    seen: set[Wanted] = set()
    fetched: list[Model] = []
    levels = 0
    waiting = await event_loop.run(partial(_first, named), named)
    waiting |= await event_loop.in_thread(partial(_needs, own)) if own else set()
    while waiting := _with_defined(waiting, under) - seen:
        seen |= waiting
        levels += 1
        if len(seen) > _MOST or levels > _DEEPEST:
            raise BadRequest(f"more than {_MOST} value sets and code systems are needed, or {_DEEPEST} levels of them")
        both = await asyncio.gather(*(_stored(deployment, kind, waiting, base_url) for kind in KINDS))
        found = [model for models in both for model in models]
        fetched += found
        waiting = _needs(found)
    known = under.extended(fetched) if fetched else under
    return known.extended(own) if own else known


def _first(wanted: Iterable[tuple[Kind, str]]) -> set[Wanted]:
    return {need for kind, url in wanted for need in _plain(Wanted(kind, url))}


def _with_defined(wanted: set[Wanted], under: Terminology) -> set[Wanted]:
    """Also what the value sets among them need that are known without the database: asked for at once."""
    found, new = set(wanted), wanted
    while new:
        defined = (under.value_set(one.canonical) for one in new if one.kind == "ValueSet")
        new = _needs(one for one in defined if one is not None) - found
        found |= new
    return found


def _needs(models: Iterable[Model]) -> set[Wanted]:
    """What value sets, and those within them, refer to elsewhere."""
    return {need for model in models if isinstance(model, ValueSet) for one in _referred(model) for need in _plain(one)}


def _referred(value_set: ValueSet) -> Iterator[Wanted]:
    for resource in value_set.contained:
        if resource.get("resourceType") == "ValueSet":
            yield from _referred(ValueSet.of(resource))
    for include in (*value_set.includes, *value_set.excludes):
        if include.system and not include.system.startswith("#"):
            yield Wanted("CodeSystem", include.system)
        yield from (Wanted("ValueSet", url) for url in include.value_sets if not url.startswith("#"))


def _plain(wanted: Wanted) -> Iterator[Wanted]:
    """Without version: all versions are fetched, the terminology then chooses."""
    url = wanted.canonical.partition("|")[0]
    yield Wanted(wanted.kind, url)
    if wanted.kind == "ValueSet" and _IMPLICIT in url:
        yield Wanted("CodeSystem", url.partition(_IMPLICIT)[0])


async def _stored(deployment: Deployment, kind: Kind, wanted: Iterable[Wanted], base_url: str) -> list[Model]:
    urls = sorted(one.canonical for one in wanted if one.kind == kind and one.canonical)
    ids = {url: id_ for url in urls if (id_ := _local(url, base_url)) and kind == "ValueSet"}
    found = [await deployment.models.of(one) for one in await stored(deployment, kind, {*urls} - ids.keys())]
    for url, id_ in ids.items():
        one = await deployment.store.resources.read("ValueSet", id_)
        if one is not None and not one.deleted:
            found.append(_named(await deployment.models.of(one), url))
    return found


def _local(url: str, base_url: str) -> str:
    """The id in a reference to a value set on this server, else ""."""
    type_, _, id_ = url.removeprefix(f"{base_url}/" if base_url else "").partition("/")
    return id_ if type_ == "ValueSet" and is_id(id_) else ""


def _named(model: Model, url: str) -> Model:
    """Known by the reference that led to it."""
    return replace(model, url=url)
