"""References to resources of this server that are not there: accepted and reported, or refused.

`GATEWAY_REFERENCES=accept` costs nothing: only who asks for an OperationOutcome has them looked up. With `refuse` the
store judges inside its transaction, so that resources of one transaction may refer to each other.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway import budget
from gateway.api.api import Api
from gateway.errors import Invalid, Issue, TooCostly
from gateway.fhir import json, references
from gateway.fhir.json import Resource
from gateway.store.integrity import Dangling
from gateway.store.records import Key, Result, Stored, Write

_TEXT = "no resource is here under this reference"


def local(resource: Resource, base: str) -> Iterator[tuple[str, Key]]:
    """(path, (type, id)) of each reference to this server. The entries of a Bundle refer to each other."""
    if resource.get("resourceType") == "Bundle":
        return
    for path, text in references.references(resource):
        ref = references.split(text)
        if ref is not None and ref.base in (None, base):
            yield path, (ref.type, ref.id)


async def commit(api: Api, base: str, *writes: Write) -> list[Result]:
    """What the store's commit gives and raises. Refusing, also Dangling, its issues naming each element of the first
    write that has such a reference; and Conflict for a delete of what others refer to."""
    if api.references == "accept":
        return await api.store.commit(*writes)
    try:
        return await api.store.commit(*(_guarded(write, base) for write in writes))
    except Dangling as error:
        for number, write in enumerate(writes):
            if issues := _issues(write.resource, base, error.missing):
                raise Refused(error.text, issues=issues, number=number) from None
        raise


class Refused(Invalid):
    """`number`: which of the writes it is."""

    def __init__(self, text: str, *, expression: str = "", issues: Sequence[Issue] = (), number: int = 0) -> None:
        super().__init__(text, expression=expression, issues=issues)
        self.number = number


def _guarded(write: Write, base: str) -> Write:
    if write.resource is None:
        return replace(write, unreferred=True)
    return replace(write, needs=frozenset(key for _, key in local(write.resource, base)))


def _issues(resource: Resource | None, base: str, missing: frozenset[Key]) -> list[Issue]:
    found = [path for path, key in local(resource or {}, base) if key in missing]
    return [Issue("error", "not-found", _TEXT, path) for path in found]


async def warnings(api: Api, base: str, stored: Stored | None) -> list[Issue]:
    """Of a resource just written: its references that lead nowhere. The write has succeeded, whatever it costs to tell
    of it."""
    if stored is None or stored.deleted:
        return []
    found = list(local(json.parse(stored.body), base))
    keys = list(dict.fromkeys(key for _, key in found))
    try:
        with budget.refunding(always=True):
            targets = await asyncio.gather(*(api.store.read(*key) for key in keys))
    except TooCostly as error:
        return [Issue("warning", error.code, "the references were not looked up: there are too many")]
    loose = {key for key, target in zip(keys, targets, strict=True) if target is None or target.deleted}
    return [Issue("warning", "not-found", _TEXT, path) for path, key in found if key in loose]
