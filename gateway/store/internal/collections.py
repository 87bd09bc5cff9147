"""Create the collections of internal documents, and the indexes that their mappings ask for.

An index that the gateway creates has a name that tells what it is (`map patient_id -effective.start`), so it is created
once and recognized later. All other indexes, above all those that an operator created by hand, are left alone.
"""

from collections.abc import Sequence

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from gateway.mapping.indexes import Index
from gateway.store.layout.create import create_collections
from gateway.store.layout.records import DocumentMappings
from gateway.store.layout.schema import Database, Document

_PREFIX = "map "
"""How the name of an index begins that a mapping asked for."""
_SAME_UNDER_ANOTHER_NAME = 85


async def create(database: Database, mappings: DocumentMappings) -> None:
    """Create the collections and indexes of `mappings` that do not exist yet.

    The first write could create a collection too, but inside a transaction that is slow and makes others wait.
    """
    await create_collections(database, mappings.collections)
    for name, indexes in mappings.indexes.items():
        existing = await database[name].index_information()
        for index in indexes:
            if _name(index) not in existing:
                await _create_index(database, name, index)


async def _create_index(database: Database, collection: str, index: Index) -> None:
    options: Document = {"sparse": True} if index.sparse else {}
    if index.present:
        options["partialFilterExpression"] = {index.present: {"$exists": True}}
    try:
        await database[collection].create_indexes([IndexModel(list(index.fields), name=_name(index), **options)])
    except OperationFailure as error:
        if error.code != _SAME_UNDER_ANOTHER_NAME:  # otherwise an operator created it, which is as good
            raise


async def drop_retired_indexes(database: Database, collection: str, indexes: Sequence[Index]) -> list[str]:
    """Drop the indexes that the mapping asked for once and no longer does. Return their names.

    indexes: those that the mapping asks for now.
    """
    current = {_name(index) for index in indexes}
    existing = await database[collection].index_information()
    retired = [name for name in existing if name.startswith(_PREFIX) and name not in current]
    for name in retired:
        await database[collection].drop_index(name)
    return retired


def _name(index: Index) -> str:
    keys = (f"-{name}" if direction < 0 else name for name, direction in index.fields)
    sparse = ["(sparse)"] if index.sparse else []
    partial = [f"(with {index.present})"] if index.present else []
    return " ".join((_PREFIX.strip(), *keys, *sparse, *partial))
