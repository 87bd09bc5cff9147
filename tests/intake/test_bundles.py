"""Files become Bundles that can be sent twice without making doubles."""

import gzip
from pathlib import Path
from typing import Any

from gateway.fhir import json
from gateway.intake import Item, bundles, find, resources
from gateway.intake.bundles import BATCH, Refused

PATIENT = {"resourceType": "Patient", "id": "p1", "active": True}


def items(folder: Path) -> list[Item | Refused]:
    return list(bundles(read for file in find([folder]) for read in resources(file)))


def entries(folder: Path) -> list[dict[str, Any]]:
    return [entry for item in items(folder) if isinstance(item, Item) for entry in item.bundle["entry"]]


def test_json_ndjson_and_gzip_are_read_and_other_files_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(json.dump(PATIENT))
    (tmp_path / "b.ndjson").write_bytes(
        json.dump({**PATIENT, "id": "p2"}) + b"\n\n" + json.dump({**PATIENT, "id": "p3"})
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.json.gz").write_bytes(gzip.compress(json.dump({**PATIENT, "id": "p4"})))
    (tmp_path / "notes.txt").write_text("not FHIR")
    assert [e["request"]["url"] for e in entries(tmp_path)] == [f"Patient/p{n}" for n in range(1, 5)]


def test_a_broken_line_is_refused_by_file_and_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "b.ndjson").write_bytes(b'{"resourceType":\n' + json.dump(PATIENT) + b'\n{"resourceType":"Alien"}\n')
    refused = [item for item in items(tmp_path) if isinstance(item, Refused)]
    assert [r.label for r in refused] == [f"{tmp_path}/b.ndjson:1", f"{tmp_path}/b.ndjson:3"]
    assert len(entries(tmp_path)) == 1


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(json.dump(PATIENT))[:-9])
    (refused,) = items(tmp_path)
    assert isinstance(refused, Refused)


def test_a_resource_without_id_gets_the_same_id_every_time(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"resourceType":"Patient","active":true}')
    first, again = entries(tmp_path), entries(tmp_path)
    assert first == again
    assert first[0]["request"]["url"] == f"Patient/{first[0]['resource']['id']}"


def test_an_unconditional_create_becomes_an_update_under_its_urn(tmp_path: Path) -> None:
    urn = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
    entry = {"fullUrl": urn, "resource": PATIENT, "request": {"method": "POST", "url": "Patient"}}
    conditional = {**entry, "request": {**entry["request"], "ifNoneExist": "identifier=a|b"}}  # type: ignore[dict-item]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry, conditional]}
    (tmp_path / "t.json").write_bytes(json.dump(bundle))
    put, post = entries(tmp_path)
    assert put["request"] == {"method": "PUT", "url": f"Patient/{urn[9:]}"}
    assert put["fullUrl"] == urn
    assert post["request"]["ifNoneExist"] == "identifier=a|b"


def test_a_document_bundle_is_unpacked_and_its_urns_resolved(tmp_path: Path) -> None:
    urn = "urn:uuid:7b9c3f5e-3c36-4a1e-8f0f-5d5f7a0a1b2c"
    observation = {"resourceType": "Observation", "id": "o1", "subject": {"reference": urn}}
    entry = [{"fullUrl": urn, "resource": PATIENT}, {"fullUrl": "http://x/Observation/o1", "resource": observation}, {}]
    (tmp_path / "d.json").write_bytes(json.dump({"resourceType": "Bundle", "type": "document", "entry": entry}))
    patient, unpacked = entries(tmp_path)
    assert unpacked["resource"]["subject"]["reference"] == patient["request"]["url"]


def test_answers_of_servers_are_not_records(tmp_path: Path) -> None:
    outcome = {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [outcome, {"resource": PATIENT}]}
    (tmp_path / "s.json").write_bytes(json.dump(bundle))
    assert [e["request"]["url"] for e in entries(tmp_path)] == ["Patient/p1"]


def test_single_resources_travel_in_batches(tmp_path: Path) -> None:
    lines = b"\n".join(json.dump({**PATIENT, "id": f"p{n}"}) for n in range(BATCH + 1))
    (tmp_path / "many.ndjson").write_bytes(lines)
    assert [len(item.bundle["entry"]) for item in items(tmp_path) if isinstance(item, Item)] == [BATCH, 1]
