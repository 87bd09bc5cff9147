"""References between stored resources: which lead nowhere, and, where a deployment refuses those, the judgement inside
the transaction. https://hl7.org/fhir/R4/http.html#delete, https://hl7.org/fhir/R4/references.html

What refers to a resource is read from the tokens of the reference search parameters: a reference that no parameter
covers, as in an extension, is not seen from its target.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from pymongo.asynchronous.client_session import AsyncClientSession

from gateway.errors import Conflict, GatewayError, Invalid
from gateway.fhir import r4
from gateway.search.definitions.parameters import parameters
from gateway.store.layout.records import Key
from gateway.store.layout.schema import RESOURCES, Database, Document
from gateway.store.write.unit import Unit

_ENOUGH = 1_000
_LITERAL = r"^[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}$"


class Dangling(Invalid):
    """A write refers to resources that would not be there: `missing`."""

    def __init__(self, missing: frozenset[Key]) -> None:
        super().__init__("The resource refers to resources that are not here.")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Loose:
    """References that lead nowhere: from resources of `type` by a search parameter to a type; how many, and one that
    has such a reference."""

    type: str
    parameter: str
    target: str
    count: int
    example: str


async def broken(database: Database, units: Sequence[Unit], session: AsyncClientSession) -> dict[int, GatewayError]:
    """position -> why that unit cannot be: it needs what is not there, or deletes what others refer to."""
    needs = {number: unit.needs for number, unit in enumerate(units) if unit.needs}
    found: dict[int, GatewayError] = {}
    if needs:
        there = await _live(database, set().union(*needs.values()), session)
        missing = {number: wanted - there | wanted & units[number].deletes for number, wanted in needs.items()}
        found |= {number: Dangling(frozenset(those)) for number, those in missing.items() if those}
    for number, unit in enumerate(units):
        for key in unit.unreferred:
            if count := await _referrers(database, key, unit, session):
                several = f"{count} resources" if count < _ENOUGH else f"{_ENOUGH} resources or more"
                found[number] = Conflict(f"{key} is referred to by {several if count > 1 else 'another resource'}")
    return found


async def _live(database: Database, keys: Collection[Key], session: AsyncClientSession) -> set[Key]:
    wanted = [f"{type_}/{id_}" for type_, id_ in keys]
    cursor = database[RESOURCES].find({"_id": {"$in": wanted}, "x": False}, {"t": 1, "i": 1}, session=session)
    return {(one["t"], one["i"]) async for one in cursor}


async def _referrers(database: Database, key: str, unit: Unit, session: AsyncClientSession) -> int:
    """How many live resources would still refer to `key` when the unit is written."""
    tokens = _tokens(key)
    branches = [{"t": type_, "k": {"$in": list(those)}} for type_, those in tokens.items()]
    others = {"$or": branches, "x": False, "_id": {"$nin": [one.key for one in unit.prepared]}}
    own = sum(
        not tokens[one.write.type].isdisjoint(one.fields["k"])
        for one in unit.prepared
        if one.fields and one.write.type in tokens
    )
    return own + await database[RESOURCES].count_documents(others, session=session, limit=_ENOUGH)


def _tokens(key: str) -> dict[str, frozenset[str]]:
    return {type_: frozenset(f"{name}|{key}" for name in names) for type_, names in _names().items()}


@cache
def _names() -> dict[str, frozenset[str]]:
    """type -> the names under which its references are indexed."""
    found = {
        type_: frozenset(name for one in parameters(type_).values() if one.type == "reference" for name in one.stored)
        for type_ in r4.resource_types()
    }
    return {type_: names for type_, names in found.items() if names}


async def loose(database: Database) -> list[Loose]:
    """Every kind of reference to a resource of ours that is not there, the most frequent first."""
    names = sorted(set().union(*_names().values()))
    reference: Document = {"$arrayElemAt": ["$k", 1]}
    pipeline: list[Document] = [
        {"$match": {"x": False}},
        {"$project": {"t": 1, "k": 1}},
        {"$unwind": "$k"},
        {"$set": {"k": {"$split": ["$k", "|"]}}},
        {"$match": {"k": {"$size": 2}, "k.0": {"$in": names}, "k.1": {"$regex": _LITERAL}}},
        {
            "$group": {
                "_id": {"t": "$t", "p": {"$first": "$k"}, "r": reference},
                "n": {"$sum": 1},
                "e": {"$first": "$_id"},
            }
        },
        {
            "$lookup": {
                "from": RESOURCES,
                "localField": "_id.r",
                "foreignField": "_id",
                "as": "there",
                "pipeline": [{"$match": {"x": False}}, {"$project": {"_id": 1}}],
            }
        },
        {"$match": {"there": []}},
        {"$set": {"_id.r": {"$arrayElemAt": [{"$split": ["$_id.r", "/"]}, 0]}}},
        {"$group": {"_id": "$_id", "n": {"$sum": "$n"}, "e": {"$first": "$e"}}},
        {"$sort": {"n": -1, "_id": 1}},
    ]
    cursor = await database[RESOURCES].aggregate(pipeline, allowDiskUse=True)
    return [Loose(one["_id"]["t"], one["_id"]["p"], one["_id"]["r"], one["n"], one["e"]) async for one in cursor]
