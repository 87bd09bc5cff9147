"""Check references between stored resources inside the transaction, for deployments that refuse broken ones.

https://hl7.org/fhir/R4/http.html#delete, https://hl7.org/fhir/R4/references.html

References are read from the index tokens of the reference search parameters. A reference that no search parameter
covers, such as one in an extension, does not keep its target from being deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.errors import Conflict, GatewayError, Invalid
from gateway.fhir import r4
from gateway.search.definitions.parameters import parameters
from gateway.store.layout.fields import DELETED, ID, TOKENS, TYPE
from gateway.store.layout.records import Key
from gateway.store.layout.schema import RESOURCES, Database
from gateway.store.write.unit import Unit

_COUNTED_REFERRERS = 1_000
"""Up to so many referring resources are counted for the error."""


class Dangling(Invalid):
    """Raised when a write refers to resources that would not exist after it: `missing`."""

    def __init__(self, missing: frozenset[Key]) -> None:
        super().__init__("The resource refers to resources that are not here.")
        self.missing = missing


async def broken(database: Database, units: Sequence[Unit], session: AsyncClientSession) -> dict[int, GatewayError]:
    """Return the positions of the units after which a reference would lead nowhere, each with its error.

    The error is Dangling if the unit needs resources that do not exist, and Conflict if it deletes a resource that
    others refer to.
    """
    refused: dict[int, GatewayError] = {
        number: Dangling(missing) for number, missing in (await _missing(database, units, session)).items()
    }
    for number, unit in enumerate(units):
        for key in unit.unreferred:
            if count := await _count_referrers(database, key, unit, session):
                refused[number] = _still_referred(key, count)
    return refused


async def _missing(database: Database, units: Sequence[Unit], session: AsyncClientSession) -> dict[int, frozenset[Key]]:
    """Return the resources that units need and that would not exist after them, by the positions of the units."""
    needs = {number: unit.needs for number, unit in enumerate(units) if unit.needs}
    if not needs:
        return {}
    live = await _live(database, frozenset[Key]().union(*needs.values()), session)
    missing = {number: keys - live | keys & units[number].deletes for number, keys in needs.items()}
    return {number: keys for number, keys in missing.items() if keys}


def _still_referred(key: str, count: int) -> Conflict:
    many = f"{count} resources" if count < _COUNTED_REFERRERS else f"{_COUNTED_REFERRERS} resources or more"
    return Conflict(f"{key} is referred to by {many if count > 1 else 'another resource'}")


async def _live(database: Database, keys: Collection[Key], session: AsyncClientSession) -> set[Key]:
    ids = [f"{type_}/{id_}" for type_, id_ in keys]
    cursor = database[RESOURCES].find({"_id": {"$in": ids}, DELETED: False}, {TYPE: 1, ID: 1}, session=session)
    return {(resource[TYPE], resource[ID]) async for resource in cursor}


async def _count_referrers(database: Database, key: str, unit: Unit, session: AsyncClientSession) -> int:
    """Count the live resources that would still refer to `key` once `unit` is written."""
    tokens = _reference_tokens(key)
    branches = [{TYPE: type_, TOKENS: {"$in": list(tokens_of_type)}} for type_, tokens_of_type in tokens.items()]
    others = {"$or": branches, DELETED: False, "_id": {"$nin": [prepared.key for prepared in unit.prepared]}}
    written_by_unit = sum(
        not tokens[prepared.write.type].isdisjoint(prepared.fields[TOKENS])
        for prepared in unit.prepared
        if prepared.fields and prepared.write.type in tokens
    )
    return written_by_unit + await database[RESOURCES].count_documents(
        others, session=session, limit=_COUNTED_REFERRERS
    )


def _reference_tokens(key: str) -> dict[str, frozenset[str]]:
    """Return the index tokens of references to `key`, by the type of the referring resource."""
    return {type_: frozenset(f"{name}|{key}" for name in names) for type_, names in names_of_references().items()}


@cache
def names_of_references() -> Mapping[str, frozenset[str]]:
    """Return the names under which the references of each resource type are indexed; types without any are absent."""
    names_of_type = {type_: _reference_names(type_) for type_ in r4.resource_types()}
    return {type_: names for type_, names in names_of_type.items() if names}


def _reference_names(type_: str) -> frozenset[str]:
    references = (parameter for parameter in parameters(type_).values() if parameter.type == "reference")
    return frozenset(name for parameter in references for name in parameter.stored)
