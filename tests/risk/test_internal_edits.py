"""Models see edits of internal documents as they see any other change."""

from pathlib import Path

import httpx
import pytest

from gateway.api import Deployment, create
from gateway.mapping import Mappings
from gateway.risk import follow
from gateway.store import Store, Write
from tests.risk.make import creatinine, patient
from tests.risk.test_follow import every


@pytest.fixture
def mappings() -> object:
    return Mappings.load(Path(__file__).parents[2] / "mappings")


async def test_an_edited_value_is_scored_anew(store: Store) -> None:
    await store.commit(
        Write("Patient", "p1", patient(), "api"), Write("Observation", "crea", creatinine("1.10"), "api")
    )
    await follow.score_changes(store, await store.feed.after(0, 500))
    [first] = await every(store, "RiskAssessment")
    seen = await store.feed.head()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create(Deployment(store, "1")))) as client:
        answer = await client.patch(
            "http://gateway/internal/observations/crea",
            content=b'{"value":{"number":2.20},"status":"amended"}',
            headers={"Content-Type": "application/merge-patch+json"},
        )
    assert answer.status_code == 200, answer.text
    await follow.score_changes(store, await store.feed.after(seen, 500))
    assessments = {one["status"]: one for one in await every(store, "RiskAssessment")}
    assert assessments.keys() == {"amended", "final"} and assessments["amended"]["id"] == first["id"]
    assert "creatinine 2.20 " in assessments["final"]["prediction"][0]["rationale"]
