"""Open a database by its URI, with the client options that the store relies on."""

from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError as BadUri
from pymongo.errors import InvalidURI, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway.errors import ConfigurationError
from gateway.store import collections
from gateway.store.collections import Database
from gateway.store.decimals import DECIMALS

Client = AsyncMongoClient[collections.Document]

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
