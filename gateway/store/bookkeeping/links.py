"""The crosswalk: which resource of ours is which resource of a partner, and in which versions they last agreed."""

from collections.abc import Iterable

from pymongo import ReplaceOne

from gateway.store.layout.records import Key, Link, Linked, Stored
from gateway.store.layout.schema import LINKS, Database, Document
from gateway.store.read import charged


def link_document(link: Link, local: Stored) -> Document:
    return _document(Linked(link, local.type, local.id, local.version))


def _document(linked: Linked) -> Document:
    link = linked.link
    return {
        "_id": _id(link.partner, (link.remote_type, link.remote_id)),
        "partner": link.partner,
        "rt": link.remote_type,
        "ri": link.remote_id,
        "rv": link.remote_version,
        "t": linked.type,
        "i": linked.id,
        "v": linked.version,
    }


def _id(partner: str, remote: Key) -> str:
    return f"{partner} {remote[0]}/{remote[1]}"


def _linked(found: Document) -> Linked:
    link = Link(found["partner"], found["rt"], found["ri"], found["rv"])
    return Linked(link, found["t"], found["i"], found["v"])


async def by_remote(database: Database, partner: str, remote: Iterable[Key]) -> dict[Key, Linked]:
    """The links of the partner's resources (type, id) that have one."""
    found = database[LINKS].find({"_id": {"$in": [_id(partner, key) for key in remote]}})
    return {(one["rt"], one["ri"]): _linked(one) for one in await charged.all_of(found)}


async def by_local(database: Database, partner: str, local: Iterable[Key]) -> dict[Key, Linked]:
    """The links of our resources (type, id) that the partner knows; the latest if there are several."""
    wanted = [{"partner": partner, "t": type_, "i": id_} for type_, id_ in local]
    found = await charged.all_of(database[LINKS].find({"$or": wanted}).sort("v", 1)) if wanted else []
    return {(one["t"], one["i"]): _linked(one) for one in found}


async def put(database: Database, links: Iterable[Linked]) -> None:
    operations = [ReplaceOne({"_id": (one := _document(linked))["_id"]}, one, upsert=True) for linked in links]
    if operations:
        await database[LINKS].bulk_write(operations, ordered=False)


async def remove(database: Database, link: Link) -> None:
    await database[LINKS].delete_one({"_id": _id(link.partner, (link.remote_type, link.remote_id))})
