"""Commit writes, and report or refuse references to resources of this server that do not exist.

With `GATEWAY_REFERENCES=accept` they cost nothing: they are looked up only for clients that ask for an
OperationOutcome. With `refuse` the store checks them inside its transaction, so that resources of one transaction may
refer to each other.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from gateway import budget
from gateway.api.process.deployment import Deployment
from gateway.errors import Invalid, Issue, TooCostly, about_write
from gateway.fhir import fhir_json, references
from gateway.fhir.fhir_json import Resource
from gateway.store.layout.records import Key, Result, Stored, Write
from gateway.store.write.integrity import Dangling

_PER_TURN = 200
"""Writes that are checked before other requests get their turn."""

_TEXT = "no resource is here under this reference"


def local(resource: Resource, base: str) -> Iterator[tuple[str, Key]]:
    """Yield (path, (type, id)) of each reference to this server.

    A Bundle has none: its entries refer to each other.
    """
    if resource.get("resourceType") == "Bundle":
        return
    for path, text in references.references(resource):
        ref = references.parse_reference(text)
        if ref is not None and ref.base in (None, base):
            yield path, (ref.type, ref.id)


async def commit(deployment: Deployment, base: str, *writes: Write) -> list[Result]:
    """Commit as the store does, after checking references.

    Raises Invalid for references by search, which are not stored. Where references that lead nowhere are refused, also
    raises Invalid, with an issue for each of them in the first such write, and Conflict for the delete of a resource
    that others refer to.
    """
    for number, write in enumerate(writes):
        with about_write(number):
            await _refuse_searches(deployment, write)
        if number % _PER_TURN == _PER_TURN - 1:
            await asyncio.sleep(0)
    if deployment.references == "accept":
        return await deployment.store.commit(*writes)
    try:
        return await deployment.store.commit(*(_guarded(write, base) for write in writes))
    except Dangling as error:
        for number, write in enumerate(writes):
            if issues := _issues(write.resource, base, error.missing):
                with about_write(number):
                    raise Invalid(error.text, issues=issues) from None
        raise


async def _refuse_searches(deployment: Deployment, write: Write) -> None:
    """Raise Invalid for references by search, which nobody could follow once they are stored: only a transaction
    resolves them (https://hl7.org/fhir/R4/http.html#trules).

    Two kinds are accepted: those in a Bundle, which are for whoever processes it, and those that are already stored, as
    a partner sent them, because they must not hinder other changes of the resource.
    """
    resource = write.resource
    if resource is None or write.type == "Bundle" or b"?" not in fhir_json.dump(resource):
        return
    searches = [(path, text) for path, text in references.references(resource) if references.searched_type(text)]
    if not searches:
        return
    current = await deployment.store.resources.read(write.type, write.id)
    stored = fhir_json.parse(current.body) if current is not None and not current.deleted else {}
    before = {text for _, text in references.references(stored)} if stored else set()
    text = "a reference by search is resolved only in a transaction; refer to the resource by its id"
    issues = [Issue("error", "not-supported", text, path) for path, search in searches if search not in before]
    if issues:
        raise Invalid(text, issues=issues)


def _guarded(write: Write, base: str) -> Write:
    if write.resource is None:
        return replace(write, unreferred=True)
    return replace(write, needs=frozenset(key for _, key in local(write.resource, base)))


def _issues(resource: Resource | None, base: str, missing: frozenset[Key]) -> list[Issue]:
    paths = [path for path, key in local(resource or {}, base) if key in missing]
    return [Issue("error", "not-found", _TEXT, path) for path in paths]


async def warnings(deployment: Deployment, base: str, stored: Stored | None) -> list[Issue]:
    """Return warnings about references of a written resource that lead nowhere.

    The write has succeeded, so an exhausted budget is a warning too.
    """
    if stored is None or stored.deleted:
        return []
    located = list(local(fhir_json.parse(stored.body), base))
    keys = list(dict.fromkeys(key for _, key in located))
    try:
        with budget.refunding(always=True):
            targets = await asyncio.gather(*(deployment.store.resources.read(*key) for key in keys))
    except TooCostly as error:
        return [Issue("warning", error.code, "the references were not checked: there are too many")]
    missing = {key for key, target in zip(keys, targets, strict=True) if target is None or target.deleted}
    return [Issue("warning", "not-found", _TEXT, path) for path, key in located if key in missing]
