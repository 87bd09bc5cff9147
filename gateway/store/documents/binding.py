"""Connect the document classes to an open database.

mongomotor's `connect()` blocks the event loop and opens a second, synchronous client, and its `disconnect()` starts
another event loop. Apart from that, both only fill three tables, which these functions fill directly.
"""

from typing import Any

from mongoengine import connection as mongoengine
from mongomotor import connection as mongomotor
from pymongo import AsyncMongoClient
from pymongo.write_concern import WriteConcern

from gateway.mapping import Mappings
from gateway.store import documents
from gateway.store.layout.decimals import PLAIN
from gateway.store.layout.schema import Database

_ALIAS = mongoengine.DEFAULT_CONNECTION_NAME
_DURABLE = WriteConcern(w="majority", j=True)


def bind(client: AsyncMongoClient[dict[str, Any]], database: Database) -> None:
    """Make `PatientDocument.objects(…)` query `database`."""
    mongoengine._connections[_ALIAS] = client
    mongoengine._dbs[_ALIAS] = client.get_database(database.name, PLAIN, write_concern=_DURABLE)
    mongomotor._db_version[_ALIAS] = (6, 0)
    _forget_collections()


def unbind(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """Undo `bind`, unless another store has bound the classes since."""
    if mongoengine._connections.get(_ALIAS) is client:
        for table in (mongoengine._connections, mongoengine._dbs, mongomotor._db_version):
            table.pop(_ALIAS, None)
        documents.use(None)
        _forget_collections()


def use(mappings: Mappings) -> None:
    """Make names such as `PatientDocument` mean the documents of `mappings` from now on."""
    documents.use(mappings)


def _forget_collections() -> None:
    for document in documents.classes():
        document._collection = None
