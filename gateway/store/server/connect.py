"""Open a database by its URI, with the client options that the store relies on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import AsyncMongoClient, lock
from pymongo.errors import ConfigurationError as BadUri
from pymongo.errors import InvalidURI, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gateway.cancellation import wait_for
from gateway.errors import ConfigurationError
from gateway.store.layout import schema
from gateway.store.layout.decimals import DECIMALS
from gateway.store.layout.schema import Database

Client = AsyncMongoClient[schema.Document]

# Without it, cancelled requests release locks of PyMongo that other tasks hold, which fail with a RuntimeError when the
# database is away; Python 3.12 needs no replacement.
lock.wait_for = wait_for  # type: ignore[attr-defined,assignment]

_TIMEOUTS = re.compile(r" \(configured timeouts:[^)]*\)")
_DURABLE = WriteConcern(w="majority", j=True)
_MAJORITY = ReadConcern("majority")


async def connect(uri: str, database: str) -> tuple[Client, Database]:
    """Return a client and its database, which by default reads and writes what is durable on a majority.

    Raises ConfigurationError if the server cannot be reached, refuses the user, or is no replica set: only replica sets
    have transactions.
    """
    with configuration_errors(uri, database):
        client: Client = AsyncMongoClient(uri, serverSelectionTimeoutMS=10_000, appname="gateway", tz_aware=True)
        try:
            hello = await client.admin.command("hello")
            await client[database].list_collection_names()
        except BaseException:
            await client.close()
            raise
    if "setName" not in hello and hello.get("msg") != "isdbgrid":  # isdbgrid: a router of a sharded cluster
        await client.close()
        raise ConfigurationError("MongoDB runs standalone; the gateway needs a replica set (one node is enough)")
    return client, client.get_database(database, DECIMALS, write_concern=_DURABLE, read_concern=_MAJORITY)


@contextmanager
def configuration_errors(uri: str, database: str) -> Iterator[None]:
    """Turn errors in the block into ConfigurationErrors that name the setting and contain no secrets.

    The block is the first work on a database, so errors there mean that the settings are wrong.
    """
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
    """Return `text`, or advice instead if it quotes a secret: PyMongo quotes what it cannot parse, often a password."""
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
