"""The collections of internal documents, and the indexes that their mappings ask for.

An index of ours is named after what it is (`map patient_id -effective.start`), so it is made once and known again; all
others, those an operator made by hand above all, are left alone.
"""

from collections.abc import Sequence

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from gateway.mapping.indexes import Index
from gateway.store.layout import schema
from gateway.store.layout.records import Mappings
from gateway.store.layout.schema import Database, Document

_OURS = "map "
_SAME_UNDER_ANOTHER_NAME = 85


async def create(database: Database, mappings: Mappings) -> None:
    """Makes what is missing. In a transaction a collection is made slowly, and in the way of others; on one that has
    documents MongoDB makes an index while it is used."""
    await schema.make(database, mappings.collections)
    for name, indexes in mappings.indexes.items():
        there = await database[name].index_information()
        for index in indexes:
            if _name(index) not in there:
                await _make(database, name, index)


async def _make(database: Database, collection: str, index: Index) -> None:
    options: Document = {"sparse": True} if index.sparse else {}
    if index.present:
        options["partialFilterExpression"] = {index.present: {"$exists": True}}
    try:
        await database[collection].create_indexes([IndexModel(list(index.fields), name=_name(index), **options)])
    except OperationFailure as error:
        if error.code != _SAME_UNDER_ANOTHER_NAME:
            raise


async def drop_retired_indexes(database: Database, collection: str, indexes: Sequence[Index]) -> list[str]:
    """The names of those of ours that the mapping asked for once and does no longer."""
    wanted = {_name(index) for index in indexes}
    retired = [name for name in await database[collection].index_information() if name.startswith(_OURS)]
    retired = [name for name in retired if name not in wanted]
    for name in retired:
        await database[collection].drop_index(name)
    return retired


def _name(index: Index) -> str:
    keys = (f"-{name}" if direction < 0 else name for name, direction in index.fields)
    return " ".join((_OURS.strip(), *keys, *(["(sparse)"] if index.sparse else []), *_with(index)))


def _with(index: Index) -> list[str]:
    return [f"(with {index.present})"] if index.present else []
