"""From a URI to a usable database: client options, collections, and the mongomotor Document classes bound to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mongoengine import connection as mongoengine
from mongomotor import connection as mongomotor
from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError as BadUri
from pymongo.errors import InvalidURI, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway.errors import ConfigurationError
from gateway.store import collections, documents
from gateway.store.collections import Database
from gateway.store.decimals import DECIMALS, PLAIN

Client = AsyncMongoClient[collections.Document]

_TIMEOUTS = re.compile(r" \(configured timeouts:[^)]*\)")
_ALIAS = mongoengine.DEFAULT_CONNECTION_NAME
_DURABLE = WriteConcern(w="majority", j=True)
_MAJORITY = ReadConcern("majority")


async def connect(uri: str, database: str) -> tuple[Client, Database]:
    """A client and its database, everything durable on a majority by default.

    Raises ConfigurationError for an unreachable server, for one that refuses us, and for one that is no replica set
    (no transactions there).
    """
    with told(uri, database):
        client: Client = AsyncMongoClient(uri, serverSelectionTimeoutMS=10_000, appname="gateway", tz_aware=True)
        try:
            hello = await client.admin.command("hello")
            await client[database].list_collection_names()
        except BaseException:
            await client.close()
            raise
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        await client.close()
        raise ConfigurationError("MongoDB runs standalone; the gateway needs a replica set (one node is enough)")
    return client, client.get_database(database, DECIMALS, write_concern=_DURABLE, read_concern=_MAJORITY)


@contextmanager
def told(uri: str, database: str) -> Iterator[None]:
    """Errors of the first steps on a database, as ConfigurationErrors that name the setting and hold no secret."""
    try:
        yield
    except (InvalidURI, BadUri, ValueError) as error:
        raise ConfigurationError(
            f"GATEWAY_MONGO_URI is not a MongoDB URI: {_without_secrets(uri, str(error))}"
        ) from None
    except OperationFailure as error:
        raise ConfigurationError(_refused(error, database)) from error
    except PyMongoError as error:
        why = _TIMEOUTS.sub("", str(error).partition(", Timeout: ")[0])
        raise ConfigurationError(
            f"MongoDB does not answer: {why}; check GATEWAY_MONGO_URI, and that the server runs"
        ) from error


def _without_secrets(uri: str, text: str) -> str:
    """PyMongo quotes parts of a URI that it cannot read, which may be a part of the password."""
    secrets = re.split(r"[:@/?%]", uri.partition("://")[2].rpartition("@")[0])
    if any(part and part in text for part in secrets):
        return "it cannot be read; in user name and password, percent-encode all but letters and digits"
    return text


def _refused(error: OperationFailure, database: str) -> str:
    match error.code:
        case 18:
            return "MongoDB refuses the user name or the password in GATEWAY_MONGO_URI"
        case 13:
            return (
                f"MongoDB does not let us use the database {database!r}: GATEWAY_MONGO_URI needs a user with the roles "
                "readWrite and dbAdmin there (mongodb://USER:PASSWORD@HOST/?replicaSet=NAME&authSource=admin)"
            )
    return f"MongoDB refuses to work for us: {(error.details or {}).get('errmsg', error)} (code {error.code})"


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
