"""One resource there and back."""

from pathlib import Path

from gateway.mapping.proofs.round_trip import round_trip
from tests.mapping.support import load


def test_an_unedited_document_gives_the_resource_byte_for_byte(tmp_path: Path) -> None:
    mapping = load(tmp_path, "sex: {path: gender, type: code}").by_type["Patient"]
    resource = {"resourceType": "Patient", "id": "1", "gender": "male", "active": True}
    returned = round_trip(mapping, resource)
    assert (returned.unchanged, returned.refused, returned.issues) == (True, "", ())


def test_the_document_alone_lacks_what_no_rule_writes(tmp_path: Path) -> None:
    mapping = load(tmp_path, "sex: {path: gender, type: code}").by_type["Patient"]
    resource = {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1970", "name": [{"text": "A"}]}
    returned = round_trip(mapping, resource)
    assert returned.alone == {"resourceType": "Patient", "id": "1", "gender": "male"}
    assert returned.missing == ("birthDate", "name")


def test_what_validation_says_of_the_document_alone_is_told(tmp_path: Path) -> None:
    mapping = load(tmp_path, "status: {path: status, type: code}", type_="Observation").by_type["Observation"]
    resource = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert "Observation.code" in {issue.expression for issue in round_trip(mapping, resource).issues}
