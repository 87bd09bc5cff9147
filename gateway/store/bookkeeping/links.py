"""Keep the crosswalk: which resource of ours is which resource of a partner, and in which versions they last agreed."""

from collections.abc import Iterable

from pymongo import ReplaceOne

from gateway.store.layout.fields import ID, REMOTE_ID, REMOTE_TYPE, REMOTE_VERSION, TYPE, VERSION
from gateway.store.layout.records import Key, Link, Linked, Stored
from gateway.store.layout.refusal import raises_busy
from gateway.store.layout.schema import LINKS, Database, Document
from gateway.store.read import charged


class PartnerLinks:
    """The stored links between our resources and those of partners."""

    def __init__(self, database: Database) -> None:
        self._collection = database[LINKS]

    @raises_busy
    async def by_remote(self, partner: str, remote: Iterable[Key]) -> dict[Key, Linked]:
        """Return the links of those of the partner's resources (type, id) that have one, by these keys."""
        rows = self._collection.find({"_id": {"$in": [_id(partner, key) for key in remote]}})
        return {(row[REMOTE_TYPE], row[REMOTE_ID]): _linked(row) for row in await charged.all_of(rows)}

    @raises_busy
    async def by_local(self, partner: str, local: Iterable[Key]) -> dict[Key, Linked]:
        """Return the links of those of our resources (type, id) that the partner has, by these keys.

        If a resource has several links to the partner, its link with the latest version is returned.
        """
        branches = [{"partner": partner, TYPE: type_, ID: id_} for type_, id_ in local]
        if not branches:  # MongoDB refuses an empty $or
            return {}
        rows = await charged.all_of(self._collection.find({"$or": branches}).sort(VERSION, 1))
        return {(row[TYPE], row[ID]): _linked(row) for row in rows}

    @raises_busy
    async def put(self, links: Iterable[Linked]) -> None:
        """Store `links`, each in place of the link that its remote resource had before."""
        documents = [_document(linked) for linked in links]
        operations = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
        if operations:
            await self._collection.bulk_write(operations, ordered=False)

    @raises_busy
    async def remove(self, link: Link) -> None:
        """Remove the link of the remote resource that `link` names, if it has one."""
        await self._collection.delete_one({"_id": _id(link.partner, (link.remote_type, link.remote_id))})


def link_document(link: Link, local: Stored) -> Document:
    """Return the document that is stored when `link` is written together with version `local`."""
    return _document(Linked(link, local.type, local.id, local.version))


def _document(linked: Linked) -> Document:
    link = linked.link
    return {
        "_id": _id(link.partner, (link.remote_type, link.remote_id)),
        "partner": link.partner,
        REMOTE_TYPE: link.remote_type,
        REMOTE_ID: link.remote_id,
        REMOTE_VERSION: link.remote_version,
        TYPE: linked.type,
        ID: linked.id,
        VERSION: linked.version,
    }


def _linked(row: Document) -> Linked:
    return Linked(
        Link(row["partner"], row[REMOTE_TYPE], row[REMOTE_ID], row[REMOTE_VERSION]), row[TYPE], row[ID], row[VERSION]
    )


def _id(partner: str, remote: Key) -> str:
    return f"{partner} {remote[0]}/{remote[1]}"
