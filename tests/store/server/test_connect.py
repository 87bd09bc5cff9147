"""Why a database cannot be used: one sentence with the setting, and without the password."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from pymongo import AsyncMongoClient

from gateway.errors import ConfigurationError
from gateway.store import Store
from gateway.store.server import connect, embedded
from tests.conftest import NoMappings
from tests.store.resources import write


async def refusal(uri: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        await connect.connect(uri, "gateway")
    return refused.value.text


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that do not answer are given up at once."""

    def client(uri: str, **options: object) -> object:
        return AsyncMongoClient(uri, **{**options, "serverSelectionTimeoutMS": 500})  # type: ignore[arg-type]

    monkeypatch.setattr(connect, "AsyncMongoClient", client)


@pytest.mark.usefixtures("hurried")
async def test_every_server_that_does_not_answer_is_named_with_its_reason() -> None:
    said = await refusal("mongodb://user:geheim42@127.0.0.1:1,127.0.0.1:2/?replicaSet=x")
    assert "127.0.0.1:1: " in said and "127.0.0.1:2: " in said and "[Errno 111]" in said
    assert "GATEWAY_MONGO_URI" in said and "geheim42" not in said and "Topology" not in said


@pytest.mark.parametrize(
    "uri",
    [
        "http://x",
        "mongodb://",
        "mongodb://user:geh:eim42@host/",
        "mongodb://user:geheim42@host:port/",
        "mongodb://user:x@geheim42:27x@host/",
        "mongodb://user:%zz@host/",
    ],
)
async def test_what_is_no_uri_is_said_without_its_password(uri: str) -> None:
    said = await refusal(uri)
    assert said.startswith("GATEWAY_MONGO_URI is not a MongoDB URI: ") and "geheim" not in said


async def test_a_wrong_password_and_missing_rights_are_told_apart(tmp_path: Path) -> None:
    async with embedded.start(tmp_path, cache_gb=0.25) as running, AsyncMongoClient(running.uri) as client:
        parts = urlsplit(running.uri)
        place = f"{parts.hostname}:{parts.port}/?replicaSet=gateway&authSource=admin"
        assert "user name or the password" in await refusal(f"mongodb://gateway:geheim42@{place}")
        nobody = await refusal(f"mongodb://{place}")
        assert "'gateway'" in nobody and "readWrite and dbAdmin" in nobody
        system = f"mongodb://__system:{quote((tmp_path / 'mongod.key').read_text().strip(), safe='')}"
        async with AsyncMongoClient(f"{system}@{parts.hostname}:{parts.port}/?authSource=local") as owner:
            await owner.admin.command(
                {"createUser": "reader", "pwd": "r", "roles": [{"role": "read", "db": "gateway"}]}
            )
            both = [{"role": role, "db": "gateway"} for role in ("readWrite", "dbAdmin")]
            await owner.admin.command({"createUser": "enough", "pwd": "e", "roles": both})
        with pytest.raises(ConfigurationError, match="readWrite and dbAdmin"):
            await Store.open(f"mongodb://reader:r@{place}", "gateway", NoMappings())
        async with await Store.open(f"mongodb://enough:e@{place}", "gateway", NoMappings()) as store:
            await store.commit(write("a"))
            assert await store.feed.head() == 1
            assert await client.gateway.resources.count_documents({}) == 1
