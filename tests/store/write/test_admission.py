"""What a single write must fulfill before it is stored."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.errors import Invalid, TooLarge
from gateway.fhir import fhir_json
from gateway.mapping import Projection
from gateway.search.indexing.index import index
from gateway.store import Condition, Write
from gateway.store.write import admission
from tests.store.resources import patient, query

AT = datetime(2026, 1, 1, tzinfo=UTC)
PART = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}


def write(condition: str = "", *, must_meet: bool = True, **content: Any) -> Write:
    judged = Condition(query(condition), met_by_resource=must_meet) if condition else None
    return Write("Patient", "p", patient("p", **content), "api", condition=judged)


def fields(written: Write) -> dict[str, Any]:
    assert written.resource is not None
    return index(written.resource)


class TestIncompleteResources:
    def test_a_part_does_not_replace_the_complete_resource(self) -> None:
        with pytest.raises(Invalid, match="SUBSETTED") as caught:
            admission.check_complete(write(meta=PART), {"b": fhir_json.dump(patient("p", active=True))})
        assert [issue.expression for issue in caught.value.issues] == ["Patient.meta.tag"]

    def test_a_part_may_replace_a_part(self) -> None:
        admission.check_complete(write(meta=PART), {"b": fhir_json.dump(patient("p", meta=PART))})

    def test_a_resource_that_only_mentions_the_tag_counts_as_complete(self) -> None:
        mentions = fhir_json.dump(patient("p", name=[{"text": "SUBSETTED"}]))
        with pytest.raises(Invalid):
            admission.check_complete(write(meta=PART), {"b": mentions})

    def test_a_complete_resource_replaces_anything(self) -> None:
        admission.check_complete(write(active=True), {"b": fhir_json.dump(patient("p", meta=PART))})

    def test_a_deletion_is_no_part(self) -> None:
        admission.check_complete(Write("Patient", "p", None, "api"), {"b": b"{}"})


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "content", "met"),
        [
            ("", {}, True),
            ("identifier=urn:x|1", {"identifier": [{"system": "urn:x", "value": "1"}]}, True),
            ("identifier=urn:x|1", {"identifier": [{"system": "urn:x", "value": "2"}]}, False),
            ("identifier=urn:x|1", {}, False),
            ("birthdate=1950-02-03", {"birthDate": "1950-02-03"}, True),
            ("birthdate=lt1950", {"birthDate": "1950-02-03"}, False),
            ("_id=p", {}, True),
            ("_id=q", {}, False),
            ("_lastUpdated=2026-01-01", {}, True),
            ("_lastUpdated=gt2026-01-01", {}, False),
            ("gender:not=male", {"gender": "female"}, True),
            ("organization.name=klinik", {}, None),
        ],
    )
    def test_the_index_fields_tell_whether_a_resource_meets_its_condition(
        self, condition: str, content: dict[str, Any], met: bool | None
    ) -> None:
        written = write(condition, **content)
        assert admission.meets_condition(written, fields(written), AT) is met

    def test_a_condition_that_is_only_about_others_is_always_met(self) -> None:
        written = write("identifier=urn:x|1", must_meet=False)
        assert admission.meets_condition(written, fields(written), AT) is True
        admission.check_condition(written, fields(written), AT)

    def test_an_unmet_condition_is_named_in_the_error(self) -> None:
        written = write("identifier=urn:x|1&active=true")
        with pytest.raises(Invalid, match=r"identifier=urn:x\|1&active=true: the same request would create another"):
            admission.check_condition(written, fields(written), AT)

    def test_a_condition_that_the_fields_do_not_judge_passes_for_now(self) -> None:
        written = write("organization.name=klinik")
        admission.check_condition(written, fields(written), AT)

    def test_a_space_in_a_condition_gets_advice_about_the_plus_sign(self) -> None:
        assert "%2B" in str(admission.unmet_condition(write("phone=0049 89 1")))
        assert "%2B" not in str(admission.unmet_condition(write("phone=004989")))

    def test_a_long_condition_is_cut(self) -> None:
        assert len(str(admission.unmet_condition(write("identifier=urn:x|" + "1" * 10_000)))) < 700


class TestSizes:
    def test_a_small_body_is_not_measured(self) -> None:
        admission.check_size(write(), {"k": ["x" * admission.LARGEST]}, 1_000)

    def test_body_and_index_together_must_fit_one_document(self) -> None:
        admission.check_size(write(), {"k": ["x" * 1_000]}, admission.LARGEST - 2_000)
        with pytest.raises(TooLarge, match=r"the resource with its index would have 167\d{5} bytes"):
            admission.check_size(write(), {"k": ["x" * 3_000]}, admission.LARGEST - 2_000)

    def test_an_internal_document_must_fit_too(self) -> None:
        large = Projection("patients", {"text": "x" * admission.LARGEST}, "0")
        with pytest.raises(TooLarge, match="the document of patients made from the resource"):
            admission.check_documents(write(), [Projection("flat", {}, "1"), large], 300_000)
        admission.check_documents(write(), [Projection("patients", {"text": "x"}, "0")], 300_000)

    def test_what_bson_cannot_hold_is_left_to_the_driver(self) -> None:
        admission.check_documents(write(), [Projection("patients", {"n": 2**70}, "0")], 300_000)
