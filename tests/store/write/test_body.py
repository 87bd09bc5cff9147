"""The bytes of a resource around its version."""

from datetime import UTC, datetime

import pytest

from gateway.fhir import fhir_json
from gateway.store.write.body import template

AT = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)


def test_the_version_is_spliced_into_the_bytes() -> None:
    body = template({"resourceType": "Basic", "id": "a", "meta": {"source": "urn:x"}, "n": 1}, "a").at(7, AT)
    assert body == (
        b'{"resourceType":"Basic","id":"a",'
        b'"meta":{"versionId":"7","lastUpdated":"2026-02-03T04:05:06.789Z","source":"urn:x"},"n":1}'
    )


def test_a_version_that_was_sent_is_replaced() -> None:
    sent = {"resourceType": "Basic", "id": "a", "meta": {"lastUpdated": "1999-01-01T00:00:00Z", "versionId": "99"}}
    assert fhir_json.parse(template(sent, "a").at(1, AT))["meta"] == {
        "versionId": "1",
        "lastUpdated": "2026-02-03T04:05:06.789Z",
    }


def test_the_id_is_the_one_it_is_stored_under() -> None:
    assert fhir_json.parse(template({"resourceType": "Basic", "id": "sent"}, "stored").at(1, AT))["id"] == "stored"


def test_one_template_serves_every_version() -> None:
    basic = template({"resourceType": "Basic"}, "a")
    assert [fhir_json.parse(basic.at(number, AT))["meta"]["versionId"] for number in (1, 12, 123)] == ["1", "12", "123"]


@pytest.mark.parametrize("length", [0, 1_000, 100_000])
def test_its_length_is_about_that_of_the_body(length: int) -> None:
    basic = template({"resourceType": "Basic", "text": {"div": "x" * length}}, "a")
    assert abs(len(basic) - len(basic.at(1, AT))) < 40


def test_the_resource_that_was_sent_stays_as_it_is() -> None:
    sent = {"resourceType": "Basic", "meta": {"profile": ["urn:p"]}}
    template(sent, "a")
    assert sent == {"resourceType": "Basic", "meta": {"profile": ["urn:p"]}}
