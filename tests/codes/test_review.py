"""The queue and its decisions on a real database: nothing is coded without a person, and nothing decided is lost."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway import shipped
from gateway.codes import code_map, queue, review, stored
from gateway.codes.corpus import Corpus
from gateway.codes.files import Files
from gateway.codes.learning import keep
from gateway.codes.learning.model import Model
from gateway.codes.queue import Gathering, QueueItem
from gateway.codes.sightings import from_resource
from gateway.errors import BadRequest, Conflict, GatewayError, Invalid, NotFound
from gateway.mapping import Mappings
from gateway.store import Store, Write
from tests.codes.make import LAB, coded, local, observation, quantity

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CREA = f"{LAB}|CREA"


@pytest.fixture
def mappings() -> Mappings:
    return Mappings.load(shipped.mappings())


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "mappings").mkdir()
    return Files.of(tmp_path / "data", tmp_path / "mappings")


UNCODED = [
    local("u1", "CREA", "Creatinine, Serum", 1.1, "mg/dL"),
    local("u2", "CREA", "Creatinine, Serum", 0.7, "mg/dL"),
    local("u3", "NA", "Sodium serum", 140, "mmol/L"),
    observation("u4", text="Pulse rate measured", **quantity(70, "/min")),
]


async def put(store: Store, *resources: dict[str, Any]) -> None:
    await store.commit(*(Write("Observation", one["id"], one, "api") for one in resources))


async def item(store: Store, from_: str, unit: str = "") -> QueueItem:
    (found,) = [one for one in await queue.load(store) if one.from_ == from_ and unit in ("", one.unit)]
    return found


async def test_stored_documents_tell_the_same_as_the_resources(store: Store) -> None:
    part = {"code": {"text": "Systolic"}, **quantity(120, "mm[Hg]")}
    category = [{"coding": [{"system": "s", "code": "vital-signs"}]}]
    chosen = {"system": LAB, "code": "B", "userSelected": True}
    more = observation("m", {"system": LAB, "code": "A"}, chosen, component=[part], category=category)
    resources = [*coded(), *UNCODED, more, observation("i", text="Steps", valueInteger=4000)]
    await put(store, *resources)
    corpus, gathering = Corpus(), Gathering()
    for resource in resources:
        corpus.add(from_resource(resource), "")
        gathering.add(from_resource(resource))
    assert (await stored.learn_from(store)).examples() == corpus.examples()
    assert (await stored.gather(store)).items() == gathering.items()
    assert len(gathering.items()) == 6


async def test_a_queue_without_a_model_has_no_suggestions(store: Store, files: Files) -> None:
    await put(store, *coded(), *UNCODED)
    done = await review.refresh(store, files, NOW)
    assert (done.items, done.open, done.known, done.model) == (3, 3, 0, False)
    first = (await queue.load(store))[0]
    assert (first.from_, first.count, first.values, first.suggestions) == (CREA, 2, "0.32 to 3.2", ())


async def test_an_accepted_suggestion_is_a_row_of_the_map_and_nothing_else_changes(
    store: Store, files: Files, model: Model
) -> None:
    await put(store, *coded(), *UNCODED)
    keep.save(model, files.models, made=NOW, facts={})
    await review.refresh(store, files, NOW)
    waiting = await item(store, CREA)
    assert waiting.suggestions[0].code == "2160-0"
    assert not files.code_map.exists(), "nothing is coded by refreshing"
    before = await store.resources.read("Observation", "u1")

    await review.decide(store, files, waiting.key, "accept", code="2160-0", by=" Ada  L. ", now=NOW)
    assert files.code_map.read_text() == f"from,to\n{CREA},2160-0\n"
    assert await store.resources.read("Observation", "u1") == before
    done = await item(store, CREA)
    assert (done.state, done.code) == ("accepted", "2160-0")
    assert [(one.by, one.at, one.code) for one in done.decisions] == [("Ada L.", NOW, "2160-0")]

    await review.decide(store, files, (await item(store, f"{LAB}|NA")).key, "reject", by="Ada", now=NOW)
    assert (await review.refresh(store, files, NOW)).open == 1
    assert [one.state for one in await queue.load(store)] == ["open", "accepted", "rejected"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"code": "2160-1", "by": "Ada"}, Invalid),
        ({"code": "", "by": "Ada"}, BadRequest),
        ({"code": "2160-0", "by": "  "}, BadRequest),
        ({"code": "2160-0", "by": "Ada", "key": "nothing"}, NotFound),
    ],
)
async def test_a_yes_that_is_none_leaves_everything_as_it_was(
    store: Store, files: Files, given: dict[str, str], error: type[GatewayError]
) -> None:
    await put(store, *UNCODED)
    await review.refresh(store, files, NOW)
    key = given.pop("key", (await item(store, CREA)).key)
    with pytest.raises(error):
        await review.decide(store, files, key, "accept", now=NOW, **given)
    assert not files.code_map.exists()
    assert {one.state for one in await queue.load(store)} == {"open"}


async def test_a_code_that_comes_with_units_of_two_kinds_is_not_mapped_by_accident(store: Store, files: Files) -> None:
    """The map knows no units: mg/dL and umol/L of one local code are two LOINC codes."""
    molar = local("u5", "CREA", "Creatinine, Serum", 88, "umol/L")
    await put(store, *UNCODED, molar)
    await review.refresh(store, files, NOW)
    key = (await item(store, CREA, "mg/dL")).key
    with pytest.raises(Conflict, match="umol/L"):
        await review.decide(store, files, key, "accept", code="2160-0", by="Ada", now=NOW)
    assert not files.code_map.exists()
    decided = await review.decide(store, files, key, "accept", code="2160-0", by="Ada", now=NOW, every_unit=True)
    assert sorted(one.unit for one in decided) == ["mg/dL", "umol/L"]
    assert {one.state for one in await queue.load(store) if one.from_ == CREA} == {"accepted"}


async def test_units_that_measure_the_same_need_no_second_question(store: Store, files: Files) -> None:
    await put(store, *UNCODED, local("u5", "CREA", "Creatinine, Serum", 11, "mg/L"))
    await review.refresh(store, files, NOW)
    key = (await item(store, CREA, "mg/dL")).key
    decided = await review.decide(store, files, key, "accept", code="2160-0", by="Ada", now=NOW)
    assert len(decided) == 2


async def test_a_decision_can_be_changed_when_that_is_meant_and_taken_back(store: Store, files: Files) -> None:
    await put(store, *UNCODED)
    await review.refresh(store, files, NOW)
    key = (await item(store, CREA)).key
    await review.decide(store, files, key, "accept", code="2160-0", by="Ada", now=NOW)
    with pytest.raises(Conflict):
        await review.decide(store, files, key, "accept", code="2951-2", by="Bob", now=NOW)
    with pytest.raises(Conflict):
        await review.decide(store, files, key, "reject", by="Bob", now=NOW)
    await review.decide(store, files, key, "accept", code="2951-2", by="Bob", now=NOW, change=True)
    assert code_map.read(files.code_map) == {CREA: "2951-2"}
    await review.decide(store, files, key, "reopen", by="Eve", now=NOW)
    assert code_map.read(files.code_map) == {}
    assert [(one.by, one.state) for one in (await item(store, CREA)).decisions] == [
        ("Ada", "accepted"),
        ("Bob", "accepted"),
        ("Eve", "open"),
    ]


async def test_filling_the_queue_does_not_undo_what_is_decided_meanwhile(
    store: Store, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, *UNCODED)
    await review.refresh(store, files, NOW)
    key = (await item(store, CREA)).key
    await put(store, local("u6", "CREA", "Creatinine, Serum", 1.2, "mg/dL"))
    load = queue.load

    async def then_somebody_decides(store: Store) -> list[QueueItem]:
        loaded = await load(store)
        monkeypatch.setattr(queue, "load", load)
        await review.decide(store, files, key, "reject", by="Ada", now=NOW)
        return loaded

    monkeypatch.setattr(queue, "load", then_somebody_decides)
    await review.refresh(store, files, NOW)
    done = await item(store, CREA)
    assert (done.count, done.state, [one.by for one in done.decisions]) == (3, "rejected", ["Ada"])


async def test_what_is_edited_in_the_file_shows_in_the_queue(store: Store, files: Files) -> None:
    await put(store, *UNCODED)
    code_map.add(files.code_map, CREA, "2160-0")
    await review.refresh(store, files, NOW)
    done = await item(store, CREA)
    assert (done.state, done.decisions[-1].by) == ("accepted", "the code map file")
    files.code_map.write_text("from,to\n")
    await review.refresh(store, files, NOW)
    assert (await item(store, CREA)).state == "open"


async def test_what_is_gone_leaves_the_queue_unless_somebody_decided(store: Store, files: Files) -> None:
    await put(store, *UNCODED)
    await review.refresh(store, files, NOW)
    await review.decide(store, files, (await item(store, CREA)).key, "reject", by="Ada", now=NOW)
    await store.commit(*(Write("Observation", one["id"], None, "api") for one in UNCODED))
    await review.refresh(store, files, NOW)
    assert [(one.from_, one.state, one.count) for one in await queue.load(store)] == [(CREA, "rejected", 0)]


async def test_the_queue_tells_nothing_of_a_patient(store: Store, files: Files) -> None:
    secret = {"reference": "Patient/p1", "display": "Ada Lovelace"}
    note = [{"text": "Ada is well"}]
    await put(store, observation("u9", text="Mood", subject=secret, note=note, valueString="Ada is sad"))
    await review.refresh(store, files, NOW)
    records = await store.states.starting_with("code-")
    assert len(records) == 1 and "Ada" not in repr(records) and "p1" not in repr(records) and "u9" not in repr(records)
