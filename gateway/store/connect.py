"""From a URI to a usable database: client options, collections, and the mongomotor Document classes bound to it."""

from mongoengine import connection as mongoengine
from mongomotor import connection as mongomotor
from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError as BadUri
from pymongo.errors import InvalidURI, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway.errors import ConfigurationError
from gateway.store import collections, documents
from gateway.store.collections import Database
from gateway.store.decimals import DECIMALS, PLAIN

Client = AsyncMongoClient[collections.Document]

_ALIAS = mongoengine.DEFAULT_CONNECTION_NAME
_DURABLE = WriteConcern(w="majority", j=True)
_MAJORITY = ReadConcern("majority")


async def connect(uri: str, database: str) -> tuple[Client, Database]:
    """A client and its database, everything durable on a majority by default.

    Raises ConfigurationError for an unreachable server and for one that is no replica set (no transactions there).
    """
    try:
        client: Client = AsyncMongoClient(uri, serverSelectionTimeoutMS=10_000, appname="gateway", tz_aware=True)
        hello = await client.admin.command("hello")
    except (InvalidURI, BadUri) as error:
        raise ConfigurationError(f"GATEWAY_MONGO_URI is not a MongoDB URI: {error}") from None
    except PyMongoError as error:
        await client.close()
        raise ConfigurationError(f"MongoDB does not answer: {str(error).split(',')[0]}") from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        await client.close()
        raise ConfigurationError("MongoDB runs standalone; the gateway needs a replica set (one node is enough)")
    return client, client.get_database(database, DECIMALS, write_concern=_DURABLE, read_concern=_MAJORITY)


def bind(client: Client, database: Database) -> None:
    """Makes `PatientDocument.objects(…)` work on `database`.

    mongomotor's own connect() blocks the event loop and opens a second, synchronous client, and its disconnect()
    starts another loop; all they do otherwise is fill these three tables.
    """
    mongoengine._connections[_ALIAS] = client
    mongoengine._dbs[_ALIAS] = client.get_database(database.name, PLAIN, write_concern=_DURABLE)
    mongomotor._db_version[_ALIAS] = (6, 0)
    _forget_collections()


def unbind(client: Client) -> None:
    """Undoes `bind`, unless another store has bound the classes since."""
    if mongoengine._connections.get(_ALIAS) is client:
        for table in (mongoengine._connections, mongoengine._dbs, mongomotor._db_version):
            table.pop(_ALIAS, None)
        documents.use(None)
        _forget_collections()


def _forget_collections() -> None:
    for document in documents.made():
        document._collection = None
