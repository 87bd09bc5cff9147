"""A strict client's questions, against a server that answers as written here."""

from pathlib import Path

import httpx
import pytest
import respx

from gateway.demo.ask import Answers, ask, count_entries
from gateway.demo.processes import DemoFailed, Site

SITE = Site("northgate", 8080, Path("data"))
RECORD = b'<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/><entry/><entry/><entry/></Bundle>'
FOUND = {"total": 4, "entry": [{"resource": {"resourceType": "Patient", "id": "p7"}}]}


def test_entries_are_counted_at_the_top_of_the_bundle_alone() -> None:
    inner = b'<entry><resource><Bundle xmlns="http://hl7.org/fhir"><entry/></Bundle></resource></entry>'
    assert count_entries(RECORD) == 3
    assert count_entries(RECORD.replace(b"<entry/></Bundle>", inner + b"</Bundle>")) == 3


@respx.mock(base_url=SITE.url)
async def test_the_record_of_the_first_patient_is_read(respx_mock: respx.MockRouter) -> None:
    search = respx_mock.get("/fhir/Patient").respond(json=FOUND)
    respx_mock.get("/fhir/Patient/p7/$everything").respond(content=RECORD)
    assert await ask(SITE) == Answers(high_pressure=4, patient="p7", record=3)
    assert search.calls[0].request.url.params["_has:Observation:patient:combo-code-value-quantity"] == (
        "http://loinc.org|8480-6$gt140|http://unitsofmeasure.org|mm[Hg]"
    )


@respx.mock(base_url=SITE.url)
async def test_without_such_a_patient_nothing_more_is_asked(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("/fhir/Patient").respond(json={"total": 0})
    assert await ask(SITE) == Answers(0, "", 0)


@respx.mock(base_url=SITE.url)
async def test_a_record_that_is_not_given_fails_the_demo(respx_mock: respx.MockRouter) -> None:
    respx_mock.get("/fhir/Patient").respond(json=FOUND)
    respx_mock.get("/fhir/Patient/p7/$everything").mock(return_value=httpx.Response(503))
    with pytest.raises(DemoFailed, match="503"):
        await ask(SITE)
