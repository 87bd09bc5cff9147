"""What `gateway doctor` tells of the clock and of the environment."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from gateway.cli.doctor import _clock, _environment
from gateway.settings import read, unknown_variables
from gateway.store.server import embedded
from tests.cli.conftest import Terminal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("newest", [None, NOW, NOW - timedelta(days=9), NOW + timedelta(seconds=30)])
def test_a_right_clock_is_fine(newest: datetime | None) -> None:
    assert _clock(newest, NOW).good


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(minutes=90), "1 h 30 min ahead"),
        (timedelta(days=31), "31 days ahead"),
        (timedelta(days=365 * 30), "10950 days ahead"),
    ],
)
def test_a_version_of_the_future_is_told_with_what_follows(ahead: timedelta, told: str) -> None:
    finding = _clock(NOW + ahead, NOW)
    assert not finding.good and told in finding.detail
    assert "one millisecond" in finding.detail and "_lastUpdated" in finding.detail and "NTP" in finding.detail


def test_the_doctor_finds_a_clock_that_was_ahead(gateway: Terminal) -> None:
    patient = gateway.file("p.json", {"resourceType": "Patient", "id": "p", "active": True})
    assert gateway("import", patient).exit_code == 0
    checked = gateway("doctor", "--quick", "--json")
    assert checked.exit_code == 0, checked.output

    async def jump(folder: Path) -> None:
        async with embedded.start(folder, cache_gb=0.25) as running, AsyncMongoClient(running.uri) as client:
            later = datetime.now(UTC) + timedelta(days=40)
            await client.gateway.counters.update_one({"_id": "feed"}, {"$set": {"at": later}})

    asyncio.run(jump(gateway.folder / "data"))
    checked = gateway("doctor", "--quick", "--json")
    [clock] = [finding for finding in json.loads(checked.output) if finding["what"] == "clock"]
    assert checked.exit_code == 1 and not clock["good"] and "39 days ahead" in clock["detail"]


def test_unknown_variables_are_told_with_what_they_may_mean(tmp_path: Path) -> None:
    partners = tmp_path / "partners.yaml"
    partners.write_text("partners:\n  - name: north\n    token: ${GATEWAY_NORTH_TOKEN}\n")
    environment = {
        "GATEWAY_PORT": "1",
        "gateway_site": "x",
        "GATEWAY_TOKNES": "geheim42",
        "GATEWAY_SERVICE_HOST": "10.0.0.1",
        "GATEWAY_NORTH_TOKEN": "geheim42",
        "PATH": "/bin",
    }
    unknown = unknown_variables(environment, read(partners=partners))
    assert unknown == ["GATEWAY_SERVICE_HOST", "GATEWAY_TOKNES (did you mean GATEWAY_TOKENS?)"]


@pytest.mark.parametrize(
    ("name", "good"), [("GATEWAY_TOKNES", False), ("GATEWAY_MONGO_URL", False), ("GATEWAY_SERVICE_PORT_HTTP", True)]
)
def test_only_a_misspelt_setting_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, good: bool) -> None:
    monkeypatch.setenv(name, "geheim42")
    finding = _environment(read())
    assert finding.good is good and name in finding.detail and "geheim42" not in finding.detail


def test_a_command_says_so_on_stderr(gateway: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PROT", "1")
    monkeypatch.setenv("GATEWAY_MAPPINGS", "/nowhere")
    said = gateway("doctor").output
    assert "GATEWAY_PROT (did you mean GATEWAY_PORT?)" in said
    assert "/nowhere" in said and "GATEWAY_MAPPINGS" in said
