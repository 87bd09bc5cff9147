"""The mongomotor classes hold exactly what the mappings make, and can be asked for it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mongomotor import fields

from gateway.fhir import fhir_json
from gateway.mapping import Mappings
from gateway.store import Store
from gateway.store import documents as internal
from gateway.store.documents import ConditionDocument, ObservationDocument, PatientDocument
from gateway.store.layout.records import Write
from tests.mapping.support import corpus

ROOT = Path(__file__).parents[3]
MAPPINGS = Mappings.load(ROOT / "mappings")
CLASSES = {name: internal.of(mapping) for name, mapping in MAPPINGS.by_collection.items()}
GOLDEN = sorted(ROOT.glob("mappings/golden/*.fhir.json"))
BY_THE_GATEWAY = {"id", "fhir", "unmapped", "quality"}
SINGLE = {
    fields.StringField: str,
    fields.BooleanField: bool,
    fields.IntField: int,
    fields.Decimal128Field: Decimal,
    fields.DateTimeField: datetime,
}


def misfits(part: type[Any], document: dict[str, Any], path: str = "") -> Iterator[str]:
    """The paths of what a document holds and its class does not declare, or declares as something else."""
    for name, value in document.items():
        field = part._fields.get("id" if name == "_id" else name)
        yield from _misfit(field, value, f"{path}{name}")


def _misfit(field: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list) and hasattr(field, "field"):
        for item in value:
            yield from _misfit(field.field, item, path)
    elif isinstance(field, fields.EmbeddedDocumentField) and isinstance(value, dict):
        yield from misfits(field.document_type, value, f"{path}.")
    elif isinstance(field, fields.DynamicField):  # what a finding is about: a text or a number
        if type(value) not in (str, Decimal):
            yield path
    elif type(value) is not SINGLE.get(type(field)):
        yield path


def projected(resource: dict[str, Any]) -> tuple[type[Any], dict[str, Any]]:
    [projection] = MAPPINGS.get(resource)
    return CLASSES[projection.collection], projection.document


@pytest.mark.parametrize("mapping", MAPPINGS.by_type.values(), ids=lambda mapping: str(mapping.collection))
def test_a_class_declares_the_fields_of_its_mapping_and_no_others(mapping: Any) -> None:
    declared = set(CLASSES[mapping.collection]._fields) - BY_THE_GATEWAY
    assert declared == {field.name for field in mapping.record.fields}


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: str(case.name))
def test_golden_documents_fit_their_class_and_mongomotor_agrees(case: Path) -> None:
    document_class, document = projected(fhir_json.parse(case.read_bytes()))
    assert list(misfits(document_class, document)) == []
    document_class._from_son(document).validate()


def test_a_misfit_would_be_found() -> None:
    odd = {"_id": 1, "hair": "red", "names": [{"family": "a", "nick": "b"}], "sex": True, "active": 1, "tags": "a"}
    assert list(misfits(PatientDocument, odd)) == ["_id", "hair", "names.nick", "sex", "active", "tags"]


def test_every_document_of_the_corpus_fits_its_class(shared: Path) -> None:
    for resource in corpus(shared):
        document_class, document = projected({**resource, "id": "x"})
        assert list(misfits(document_class, document)) == []


def test_only_types_with_a_mapping_have_a_class() -> None:
    assert internal.ConditionDocument is internal.of(MAPPINGS.by_type["Condition"])
    for name in ("AccountDocument", "Condition", "_Document"):
        with pytest.raises(AttributeError, match=name):
            getattr(internal, name)


def test_a_view_has_a_class_that_reads_whatever_it_has(tmp_path: Path) -> None:
    definition = '{"name": "flat_view", "resource": "Patient", "select": [{"column": [{"name": "s", "path": "id"}]}]}'
    (tmp_path / "v.json").write_text(definition, "utf-8")
    view = internal.of(Mappings.load(tmp_path).by_collection["flat_view"])
    assert view.__name__ == "FlatViewDocument" and view._get_collection_name() == "flat_view"
    assert view._from_son({"_id": "a", "sex": "male"}).sex == "male"


class TestInTheDatabase:
    @pytest.fixture
    def mappings(self) -> Mappings:
        return MAPPINGS

    @pytest.fixture
    async def filled(self, store: Store) -> Store:
        resources = [fhir_json.parse(case.read_bytes()) for case in GOLDEN if ".broken." not in case.name]
        await store.commit(*[Write(each["resourceType"], each["id"], each, "api") for each in resources])
        return store

    async def test_a_patient_is_found_by_identifier_and_reads_like_an_object(self, filled: Store) -> None:
        patient = await PatientDocument.objects(identifier_keys="urn:oid:1.2.36.146.595.217.0.1|12345").first()
        assert patient.id == "full" and patient.display_name == "Dr. Petra Jane Chalmers PhD"
        assert patient.names[2].given == ["Petra", "Jane"] and patient.deceased is True
        assert patient.deceased_at.start == datetime(2015, 2, 14, 3, 42, tzinfo=UTC)
        assert patient.fhir.type == "Patient" and patient.fhir.version == 1

    async def test_observations_are_found_by_patient_and_part_in_order_of_time(self, filled: Store) -> None:
        found = ObservationDocument.objects(patient_id="p1", component_keys="http://loinc.org|8480-6")
        pressures = [observation async for observation in found.order_by("-effective.start")]
        assert [pressure.id for pressure in pressures] == ["blood-pressure"]
        assert pressures[0].components[0].value.number == Decimal(120)

    async def test_values_compare_as_numbers_and_keep_their_precision(self, filled: Store) -> None:
        found = ObservationDocument.objects(value__canonical__number__gt=Decimal(10), value__canonical__unit="g.m-3")
        creatinine = await found.first()
        assert creatinine.id == "laboratory" and str(creatinine.value.number) == "1.10"

    async def test_a_field_that_only_the_mapping_knows_can_be_read(self, filled: Store) -> None:
        await filled.database["patients"].update_one({"_id": "full"}, {"$set": {"shoe_size": 42}})
        assert (await PatientDocument.objects(id="full").first()).shoe_size == 42

    async def test_a_type_that_exists_only_as_a_file_has_its_class_too(self, filled: Store) -> None:
        found = await ConditionDocument.objects(id="full").first()
        assert found.subject.reference and found.fhir.mapping == MAPPINGS.stamps["conditions"]
        assert [one.code for one in found.code.codings] and found.code.codings[0].system
        assert await ConditionDocument.objects(code__codings__code=found.code.codings[0].code).count() >= 1

    async def test_names_mean_the_mappings_of_the_store_that_is_open(self, store: Store, tmp_path: Path) -> None:
        flag = "resource: Flag\ncollection: flags\nfields: {status: {path: status, type: code}}"
        (tmp_path / "flag.yaml").write_text(flag, "utf-8")
        await store.internal.use(Mappings.load(tmp_path))
        await store.commit(Write("Flag", "f", {"resourceType": "Flag", "id": "f", "status": "active"}, "api"))
        assert (await internal.FlagDocument.objects(status="active").first()).id == "f"
        with pytest.raises(AttributeError):
            internal.PatientDocument  # noqa: B018

    async def test_the_questions_the_indexes_are_for_use_them(self, filled: Store) -> None:
        questions: dict[str, list[dict[str, Any]]] = {
            "patients": [{"identifier_keys": "a|b"}, {"names.family": "a"}, {"birth_date": "1970"}],
            "observations": [
                {"patient_id": "p1"},
                {"patient_id": "p1", "code_keys": "a|b"},
                {"code_keys": "a|b"},
                {"patient_id": "p1", "component_keys": "a|b"},
                {"encounter_id": "e1"},
                {"identifier_keys": "a|b"},
            ],
        }
        for collection, asked in questions.items():
            for question in asked:
                plan = await filled.database[collection].find(question).explain()
                assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), question

    async def test_a_page_of_observations_comes_out_of_an_index_in_its_order(self, filled: Store) -> None:
        order = [("effective.start", -1), ("_id", 1)]
        coded = {"$or": [{"code_keys": "a|b"}, {"component_keys": "a|b"}]}
        for question in ({"patient_id": "p1"}, {"patient_id": "p1", **coded}):
            plan = await filled.database["observations"].find(question).sort(order).explain()
            assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"]), question
