"""compose.yaml: the database wants a password, and no command line holds one."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

COMPOSE = yaml.safe_load((Path(__file__).parents[1] / "compose.yaml").read_text())
MONGO, GATEWAY = COMPOSE["services"]["mongo"], COMPOSE["services"]["gateway"]


def text(value: Any) -> str:
    return value if isinstance(value, str) else " ".join(map(str, value or []))


def test_mongod_asks_every_client_who_it_is() -> None:
    assert "--keyFile" in text(MONGO["entrypoint"]) and "umask 377" in text(MONGO["entrypoint"])


def test_the_gateway_signs_in_with_a_user_of_its_own() -> None:
    uri = urlsplit(GATEWAY["environment"]["GATEWAY_MONGO_URI"].replace(":?", "_").replace(" ", "_"))
    assert uri.username == "gateway" and "MONGO_PASSWORD" in (uri.password or "")
    assert parse_qs(uri.query) == {"replicaSet": ["rs0"], "authSource": ["admin"]}
    made = COMPOSE["configs"]["mongo-health"]["content"]
    assert '["readWrite", "dbAdmin"]' in made and 'user: "gateway"' in made


def test_passwords_are_in_no_command_line_and_have_no_default() -> None:
    for service in (MONGO, GATEWAY):
        commands = [service.get("command"), service.get("entrypoint"), service.get("healthcheck", {}).get("test")]
        assert not any("PASSWORD" in text(command) or "password" in text(command) for command in commands)
    assert COMPOSE["secrets"] == {
        "mongo_password": {"environment": "MONGO_PASSWORD"},
        "mongo_root_password": {"environment": "MONGO_ROOT_PASSWORD"},
    }


def test_both_have_the_time_that_an_orderly_end_takes() -> None:
    assert [service["stop_grace_period"] for service in (MONGO, GATEWAY)] == ["40s", "40s"]


def test_the_root_of_the_gateway_is_read_only_and_what_it_writes_has_a_place() -> None:
    assert GATEWAY["read_only"] is True
    written = [*GATEWAY["tmpfs"], *(volume.partition(":")[2] for volume in GATEWAY["volumes"])]
    assert {"/tmp", "/data"} == set(written) and {"gateway", "mongo"} == COMPOSE["volumes"].keys()
